/** Every call of the contract at the gate, derived from the contract value: good, wrong type, extra key, too large, wrong sender. */
import type * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { type Channel, channels, type Input, ipc, maxPayloadCharacters } from '../../core/ipc/contract.ts';
import { fromWire, toWire } from '../../core/wire.ts';
import { createGate, type Sender } from '../../main/ipc/gate.ts';
import type { Handlers } from '../../main/ipc/handlers.ts';

const id = 'ab'.repeat(32);
const address = `G${'A'.repeat(55)}`;
const capacity = { cruMilli: 500, mruBytes: 1, sruBytes: 0, hruBytes: 0 };
const quorum = { threshold: 1, signers: [{ address, weight: 1, isRequired: true }] };

/** One good input for each call: the compiler asks for a new one with each new call. */
const good: { readonly [C in Channel]: Input<C> } = {
  'app.info': null,
  'app.settings': null,
  'app.saveSettings': { theme: 'dark', autoLockMinutes: 5 },
  'app.posture': null,
  'watch.notices': null,
  'identity.state': null,
  'identity.newWords': null,
  'identity.create': { name: 'Anna', answers: ['a', 'b', 'c'], passphrase: 'long enough' },
  'identity.restore': { name: 'Anna', words: 'abandon '.repeat(24).trim() },
  'identity.unlock': {},
  'identity.lock': null,
  'identity.changePassphrase': { current: 'a', next: 'b' },
  'identity.revealWords': { passphrase: 'a' },
  'grid.state': null,
  'grid.storage': null,
  'grid.create': { name: 'Grid', allocations: [{ address, amountStroops: 1n }] },
  'grid.join': { invitation: '3bot-grid:abc' },
  'grid.invitation': null,
  'grid.books': { height: 3 },
  'grid.blocks': { limit: 10 },
  'grid.evidence': { limit: 10 },
  'grid.proof': { position: 3 },
  'grid.record': { id },
  'grid.history': { object: 'node', id, limit: 10, after: 'behind' },
  'grid.objectAt': { object: 'farm', id, height: 1 },
  'grid.outbox': { limit: 10 },
  'grid.submit': { record: new Uint8Array(8) },
  'grid.receipt': { record: id },
  'wallet.account': null,
  'wallet.ledger': { limit: 10 },
  'wallet.prepareSend': { to: address, amountStroops: 125_000_000n, memo: 'lunch' },
  'review.approve': { id, digest: id },
  'review.drop': { id },
  'people.contacts': null,
  'people.saveContact': { address, name: 'Bert' },
  'people.removeContact': { address },
  'people.search': { search: 'be' },
  'people.prepareProfile': { name: 'Anna', roles: ['farmer'] },
  'capacity.nodes': { filter: { country: 'BE', status: 'up' }, sort: 'price', descending: true, offset: 0, limit: 50 },
  'capacity.node': { id },
  'contracts.list': { states: ['running'] },
  'contracts.get': { id },
  'contracts.prepareTopup': { id, amountStroops: 1n },
  'contracts.fetch': { contract: id, workload: 'web', path: '/' },
  'contracts.receipt': { id },
  'desk.packets': null,
  'desk.compose': {
    title: 'A page',
    workloads: [{ name: 'web', node: id, image: `sha256:${id}`, capacity }],
    termSeconds: 60,
    signWithinMs: 60_000,
    deployWithinMs: 60_000,
    provision: quorum,
    delete: quorum,
  },
  'desk.send': { id },
  'desk.prepareSign': { id },
  'desk.decline': { id, reason: 'too dear' },
  'desk.prepareRecord': { id },
  'desk.openCancel': { contract: id },
  'desk.remove': { id },
  'desk.exportPacket': { id },
  'desk.importPacket': { bytes: new Uint8Array(3) },
  'farm.state': null,
  'farm.prepareFarm': {
    name: 'Farm',
    place: { country: 'BE', city: 'Gent' },
    prices: { cuHourStroops: 1n, suHourStroops: 1n },
    accept: { auto: true, minTermSeconds: 0 },
  },
  'farm.start': { limits: {} },
  'farm.saveLimits': { limits: { maxCruMilli: 1000, registries: ['ghcr.io'] } },
  'farm.stop': null,
};

const trusted: Sender = { name: 'test', refusal: () => undefined };
const untrusted: Sender = { name: 'frame', refusal: () => 'a sub-frame' };

/** A gate whose handlers write down what they get and answer with what no contract allows. */
function gateWithProbe() {
  const got: unknown[] = [];
  const handlers = Object.fromEntries(
    Object.entries(ipc).map(([topic, calls]) => [
      topic,
      Object.fromEntries(
        Object.keys(calls).map((name) => [
          name,
          (input: unknown) => {
            got.push(input);
            return { not: 'of the contract' };
          },
        ]),
      ),
    ]),
  ) as unknown as Handlers<typeof ipc>; // wrong on purpose: the gate must notice
  return { got, gate: createGate({ contract: ipc, handlers, log: () => {} }) };
}

/** Asks as a window does: through the wire format. */
async function ask(channel: string, input: unknown, sender = trusted) {
  const { got, gate } = gateWithProbe();
  const text = toWire(input);
  const answer = await gate(sender, { channel, size: text.length, read: () => fromWire(text) });
  return { got, code: answer.kind === 'error' ? answer.error.code : 'ok' };
}

describe.each(channels)('%s', (channel) => {
  const input: unknown = good[channel];

  it('takes a good input, and refuses an output that breaks the contract', async () => {
    const { got, code } = await ask(channel, input);
    expect(code).toBe('ipc/bad-output');
    expect(got).toHaveLength(1);
  });

  it('refuses a wrong type', async () => {
    for (const wrong of [input === null ? {} : null, 'text', 7, [1], true]) {
      expect(await ask(channel, wrong)).toEqual({ got: [], code: 'ipc/bad-input' });
    }
  });

  it('refuses an extra key', async () => {
    const extra = typeof input === 'object' && input !== null ? { ...input, extra: 1 } : { extra: 1 };
    expect(await ask(channel, extra)).toEqual({ got: [], code: 'ipc/bad-input' });
  });

  it('refuses each field of another type', async () => {
    if (typeof input !== 'object' || input === null) return;
    for (const key of Object.keys(input)) {
      const wrong = { ...input, [key]: { wrong: 'type' } };
      expect({ key, ...(await ask(channel, wrong)) }).toEqual({ key, got: [], code: 'ipc/bad-input' });
    }
  });

  it('refuses a payload that is too large', async () => {
    const { got, gate } = gateWithProbe();
    const answer = await gate(trusted, { channel, size: maxPayloadCharacters + 1, read: () => input });
    expect(answer).toMatchObject({ kind: 'error', error: { code: 'ipc/too-large' } });
    expect(got).toEqual([]);
  });

  it('G13 refuses a sender that may not', async () => {
    expect(await ask(channel, input, untrusted)).toEqual({ got: [], code: 'ipc/bad-sender' });
  });
});

it('no call of the contract takes or gives a key by name', () => {
  const outputs = channels.filter((channel) => /seed|secret|private|entropy|mnemonic/i.test(channel));
  expect(outputs).toEqual([]);
});

it('every schema of the contract is strict at the top', () => {
  for (const calls of Object.values(ipc)) {
    for (const { input } of Object.values(calls) as { input: v.GenericSchema }[]) {
      expect(['null', 'strict_object']).toContain(input.type);
    }
  }
});
