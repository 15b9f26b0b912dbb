// What a proof says, in plain facts for a person or a program. Verifies nothing itself; nothing of the app is used here.

import { readCbor } from './cbor.mjs';
import { sha256 } from './hashes.mjs';

/** @typedef {Readonly<Record<string, string | readonly string[]>>} Facts */

/** @param {Uint8Array} bytes */
export const toHex = (bytes) => Buffer.from(bytes).toString('hex');

/** The Stellar address of a key (SEP-0023): version 6 << 3, key, CRC16-XModem, in base 32. @param {Uint8Array} key */
export function addressOf(key) {
  const body = [6 << 3, ...key];
  let crc = 0;
  for (const byte of body) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  const bits = [...body, crc & 0xff, crc >> 8].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const digit = (/** @type {string} */ five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)];
  return (bits.match(/.{5}/g) ?? []).map(digit).join('');
}

/** 1 TFT = 10,000,000 stroops. @param {unknown} stroops */
function tft(stroops) {
  const digits = String(stroops).padStart(8, '0');
  return `${`${digits.slice(0, -7)}.${digits.slice(-7)}`.replace(/\.?0+$/, '')} TFT`;
}

/** Entries of a map of a body by name; what is of another type is shown as nothing. @param {unknown} value */
const entriesOf = (value) => /** @type {Record<string, any>} */ (value instanceof Map ? Object.fromEntries(value) : {});

/** @param {unknown} value @param {(key: Uint8Array) => string} show */
const shown = (value, show) => (value instanceof Uint8Array ? show(value) : '?');

/** @param {Uint8Array} document @returns {Facts} */
function contractFacts(document) {
  const { title, payer, termSeconds, workloads } = entriesOf(readCbor(document));
  const items = Array.isArray(workloads) ? workloads.map(entriesOf) : [];
  const price = items.reduce((sum, { priceStroops }) => sum + BigInt(priceStroops ?? 0), 0n);
  return {
    contract: toHex(sha256(document)),
    title: String(title),
    payer: shown(payer, addressOf),
    price: `${tft(price)} for ${termSeconds} s`,
    workload: items.map(({ name, node, image }) => `${name} on node ${shown(node, toHex)}: ${image}`),
  };
}

/** Of transfers and contracts, what they are about. @param {{ kind: string, body: unknown }} record @returns {Facts} */
export function bodyFacts({ kind, body }) {
  const { to, amountStroops, document, approvals } = entriesOf(body);
  if (kind === 'transfer') return { to: shown(to, addressOf), amount: tft(amountStroops) };
  if (kind !== 'contract' || !(document instanceof Uint8Array)) return {};
  const signed = Array.isArray(approvals) ? approvals.map(entriesOf) : [];
  return {
    ...contractFacts(document),
    signed: signed.map(({ purpose, signer }) => `${purpose} by ${shown(signer, addressOf)}`),
  };
}

/** @param {{ timeMs: number }} header */
export const timeOf = ({ timeMs }) => new Date(timeMs).toISOString();
