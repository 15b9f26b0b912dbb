// One guardian in a process of its own: a real store in its thread, a real nats-server, and, where there are several, its
// office. Only the way to the other guardians (how they stand, epochs) goes through the bench.

import { randomBytes } from 'node:crypto';
import { Office } from '../../../bcdb/guardian/office.ts';
import type { OfficeStore } from '../../../bcdb/guardian/office-parts.ts';
import type { GuardianPeers } from '../../../bcdb/guardian/peer-messages.ts';
import type { Sequencer, SequencerHost } from '../../../bcdb/guardian/sequencer-api.ts';
import { leafCertificate } from '../../../bcdb/sequencer/certificates.ts';
import { createSequencerHost } from '../../../bcdb/sequencer/sequencer-host.ts';
import { startStore } from '../../../bcdb/store/store-client.ts';
import { signSodium, verifySodium } from '../../../bcdb/verify.ts';
import { publicKeyOf } from '../../../core/keys.ts';
import { timedAsync } from '../measure.ts';
import type { Begin, FromGuardian, ToGuardian } from './guardian-talk.ts';

const say = (message: FromGuardian): void => void process.send?.(message);
const trouble = (error: Error): void => say({ type: 'trouble', what: error.message });

let office: Office | undefined;
let isAlone = false;
let bare: { publish(bytes: Uint8Array): Promise<number> } | undefined;
let onPeer: (guardian: Uint8Array, bytes: Uint8Array) => void = () => undefined;
let records = 0;
let grown: () => void = () => undefined;

const store = startStore({
  onHead({ height, recordCount, execHash }) {
    records = recordCount;
    office?.headChanged(height);
    grown();
    say({ type: 'head', records, execHash });
  },
  onOutbox: () => undefined,
  onPending: () => undefined,
  onAlarm: (alarm) => {
    if (alarm !== null) say({ type: 'trouble', what: `${alarm.code}: ${alarm.detail}` });
  },
  onDefect: trouble,
  onGone: trouble,
});

const officeStore: OfficeStore = {
  situation: () => store.call('situation'),
  takeAdmitted: (mostRecords, mostBytes) => store.call('takeAdmitted', mostRecords, mostBytes),
  propose: (proposal, header) => store.call('propose', proposal, header),
  prepare: () => store.call('prepare'),
  lock: (epoch, prepares) => store.call('lock', epoch, prepares),
  certify: (certificate) => store.call('certify', certificate),
  tick: (epoch) => store.call('tick', epoch),
  move: (epoch) => store.call('move', epoch),
  epoch: () => store.call('epoch'),
  locked: () => store.call('locked'),
  epochRecord: (epoch, moves) => store.call('epochRecord', epoch, moves),
  adopt: (statement, epoch) => store.call('adopt', statement, epoch),
  accuse: (one, other) => store.call('accuse', one, other),
};

/** The host, with a way to publish into the stream that the office reads: what is no message of ours is skipped by all. */
function watched(host: SequencerHost): SequencerHost {
  return {
    ...host,
    async open(epoch, peers) {
      const sequencer: Sequencer = await host.open(epoch, peers);
      bare = sequencer;
      return sequencer;
    },
  };
}

const peers: GuardianPeers = {
  send: (to, bytes) => say({ type: 'peer', to, bytes }),
  onMessage(listener) {
    onPeer = listener;
    return () => undefined;
  },
};

async function begin({ folder, seed, genesis, grid, peers: seats }: Begin): Promise<void> {
  const self = publicKeyOf(seed);
  isAlone = seats.guardians.length === 1;
  const host = createSequencerHost({
    folder: `${folder}/sequencer`,
    grid,
    guardian: self,
    certify: async (request) => leafCertificate(request, self, (bytes) => signSodium(seed, bytes)),
  });
  await store.call('open', { folder: `${folder}/store`, start: { how: 'create', genesis }, guardianSeed: seed });
  if (isAlone) {
    bare = await host.open(0, seats);
    await store.call('order');
    return;
  }
  office = new Office({
    self,
    grid,
    store: officeStore,
    host: watched(host),
    peers,
    verify: verifySodium,
    clock: Date.now,
    timers: {
      nowMs: () => performance.now(),
      after(ms, work) {
        const timer = setTimeout(work, ms);
        return () => clearTimeout(timer);
      },
    },
    nonce: () => new Uint8Array(randomBytes(16)),
    onState: () => undefined,
    onError: trouble,
  });
  await office.start();
}

/** At the door, as from a member. */
async function admit(some: readonly Uint8Array[]): Promise<void> {
  const refused = (await store.call('admit', some)).find((code) => code !== null);
  if (refused !== undefined) throw new Error(`the door refused a good record: ${refused}`);
  office?.admitted();
}

const until = (count: number): Promise<void> =>
  new Promise((resolve) => {
    grown = () => {
      if (records >= count) resolve();
    };
    grown();
  });

async function oneByOne(all: readonly Uint8Array[]): Promise<void> {
  const finalMs: number[] = [];
  const publishMs: number[] = [];
  for (const record of all) {
    const wanted = records + 1;
    finalMs.push(await timedAsync(() => admit([record]).then(() => until(wanted))));
  }
  const nothing = new Uint8Array(300);
  for (const _record of all) publishMs.push(await timedAsync(async () => bare?.publish(nothing)));
  say({ type: 'latencies', finalMs, publishMs });
}

/** As many at once as a member sends in one request. */
const atOnce = 100;

async function all(some: readonly Uint8Array[]): Promise<void> {
  for (let at = 0; at < some.length; at += atOnce) await admit(some.slice(at, at + atOnce));
}

async function hear(message: ToGuardian): Promise<void> {
  switch (message.type) {
    case 'begin':
      return begin(message);
    case 'peer':
      return onPeer(message.guardian, message.bytes);
    case 'one-by-one':
      return oneByOne(message.records);
    case 'all':
      return all(message.records);
  }
}

process.on('message', (message: ToGuardian) => void hear(message).catch(trouble));
