// Co-sign requests for tests that are about requests, not about capacity: real documents and packets for a node that nobody has.

import { randomBytes } from 'node:crypto';
import { fromHex } from '../../core/bytes.ts';
import { type ContractDocument, encodeDocument } from '../../core/contract.ts';
import { keyOf } from '../../core/keys.ts';
import { encodePacket } from '../../core/packet.ts';
import { type Threebot, until } from '../../scripts/lib/threebot.ts';

const anHourMs = 3_600_000;

/** A request of `from` that needs the signatures of all `signers`, laid on the desk of `from` and, if wanted, sent round. */
export async function requestOf(
  from: Threebot,
  options: { readonly title: string; readonly signers: readonly string[]; readonly isSent: boolean },
): Promise<string> {
  const { address } = await from.call('identity.state', null);
  const head = (await from.call('grid.state', null))?.head;
  if (address === null || head === null || head === undefined) throw new Error('not on a grid yet');
  const people = [address, ...options.signers].map((each) => ({ key: keyOf(each), weight: 1 }));
  const quorum = { threshold: people.length, signers: people };
  const document: ContractDocument = {
    v: 1,
    grid: fromHex(head.grid),
    version: 1,
    title: options.title,
    payer: keyOf(address),
    workloads: [
      {
        name: 'web',
        node: new Uint8Array(randomBytes(32)),
        kind: 'container',
        image: `sha256:${'0'.repeat(64)}`,
        capacity: { cruMilli: 500, mruBytes: 268_435_456, sruBytes: 0, hruBytes: 0 },
        priceStroops: 50_000_000n,
      },
    ],
    termSeconds: 3600,
    signByMs: head.timeMs + anHourMs,
    deployWithinMs: 60_000,
    provision: quorum,
    delete: quorum,
    nonce: new Uint8Array(randomBytes(16)),
  };
  const bytes = encodePacket({
    purpose: 'provision',
    document: encodeDocument(document),
    coordinator: keyOf(address),
    approvals: [],
  });
  const packet = await from.call('desk.importPacket', { bytes });
  if (options.isSent) await from.call('desk.send', { id: packet.id });
  return packet.id;
}

/** Resolves when the packet lies on the desk of `bot`. */
export const untilArrived = (bot: Threebot, id: string): Promise<unknown> =>
  until('the packet to arrive', async () => (await bot.call('desk.packets', null)).some((packet) => packet.id === id));
