/**
 * A guardian's office as part of its replica: over the store worker, the other guardians by Noise, and a sequencer that is
 * made when there are several guardians. Without a seat it only watches the chain.
 */
import { randomBytes } from 'node:crypto';
import { equalBytes } from '../../core/bytes.ts';
import type { AppError, ErrorData } from '../../core/errors.ts';
import type { PublicKey } from '../../core/keys.ts';
import { Office } from '../guardian/office.ts';
import type { OfficeStore, Timers } from '../guardian/office-parts.ts';
import type { GuardianPeers } from '../guardian/peer-messages.ts';
import type { SequencerHost, SequencerState } from '../guardian/sequencer-api.ts';
import type { ReplicaOptions, SequencerNeeds } from '../replica-api.ts';
import { createSequencerHost } from '../sequencer/sequencer-host.ts';
import { guardianStore } from '../store/guardian-client.ts';
import type { StoreClient } from '../store/store-client.ts';
import { verifySodium } from '../verify.ts';

export type ReplicaOfficeOptions = {
  readonly store: StoreClient;
  readonly grid: Uint8Array;
  readonly self: PublicKey;
  /** Of the sequencer. */
  readonly folder: string;
  readonly sequencer: ReplicaOptions['sequencer'];
  /** Tells another guardian; what does not arrive is said again. */
  readonly send: (guardian: PublicKey, payload: Uint8Array) => Promise<unknown>;
  /** What keeps our sequencer from working; null: nothing. */
  readonly onTrouble: (trouble: ErrorData | null) => void;
  readonly onError: (error: AppError) => void;
  readonly log: ReplicaOptions['log'];
};

export type ReplicaOffice = {
  /** Another guardian says something. */
  hear(guardian: PublicKey, payload: Uint8Array): void;
  headChanged(height: number): void;
  /** The store raised an alarm. */
  alarmed(alarm: ErrorData): void;
  /** Records came through the door, or own ones wait. */
  wake(): void;
  close(): Promise<void>;
};

const timers: Timers = {
  nowMs: () => performance.now(),
  after(ms, work) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};

const storeOf = (store: StoreClient): OfficeStore => ({
  ...guardianStore(store),
  situation: () => store.call('situation'),
  takeAdmitted: (records, bytes) => store.call('takeAdmitted', records, bytes),
});

/** Servers that elect a leader fail for a moment; what lasts is told. */
const patienceMs = 15_000;

/** Tells what keeps a sequencer from working once it lasts, and at once that it works again. */
function createTroubleWatch(onTrouble: (trouble: ErrorData | null) => void) {
  let timer: NodeJS.Timeout | undefined;
  let failed: ErrorData | null = null;
  let lost: ErrorData | null = null;
  function tell(next: { readonly failed?: ErrorData | null; readonly lost?: ErrorData | null }): void {
    const before = failed ?? lost;
    if (next.failed !== undefined) failed = next.failed;
    if (next.lost !== undefined) lost = next.lost;
    if ((failed ?? lost) !== before) onTrouble(failed ?? lost);
  }
  return {
    /** The office opened a stream again that had lost what founders said. */
    noteLost: (trouble: ErrorData | null): void => tell({ lost: trouble }),
    note(state: SequencerState | undefined): void {
      if (state?.name === 'starting') return;
      clearTimeout(timer);
      if (state?.name !== 'failed') {
        tell({ failed: null });
        return;
      }
      const trouble = { code: state.code, detail: state.detail, retry: true };
      const waitMs = state.code === 'guardian/no-nats-server' ? 0 : patienceMs;
      timer = setTimeout(() => tell({ failed: trouble }), waitMs);
    },
    stop: () => clearTimeout(timer),
  };
}

/** Takes office as soon as the chain says so. */
export function startReplicaOffice(options: ReplicaOfficeOptions): ReplicaOffice {
  const { store, grid, self, folder, send, onTrouble, onError, log } = options;
  const listeners = new Set<(guardian: PublicKey, payload: Uint8Array) => void>();
  const trouble = createTroubleWatch(onTrouble);
  const needs: SequencerNeeds = {
    folder,
    grid,
    guardian: self,
    certify: (request) => store.call('certifySequencer', request),
    onState: (state) => trouble.note(state),
    log,
  };
  const host: SequencerHost = (options.sequencer ?? createSequencerHost)(needs);
  const peers: GuardianPeers = {
    // Whoever is not there hears it the next time.
    send: (guardian, payload) => void send(guardian, payload).catch(() => undefined),
    onMessage(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const office = new Office({
    self,
    grid,
    store: storeOf(store),
    host,
    peers,
    verify: verifySodium,
    clock: Date.now,
    timers,
    nonce: () => new Uint8Array(randomBytes(16)),
    onState({ epoch, lost }) {
      if (epoch === null) trouble.note(undefined);
      trouble.noteLost(lost);
    },
    onError,
  });
  void office.start();
  return {
    hear(guardian, payload) {
      if (!equalBytes(guardian, self)) for (const listener of listeners) listener(guardian, payload);
    },
    headChanged: (height) => office.headChanged(height),
    alarmed: (alarm) => office.alarmed(alarm),
    wake: () => office.admitted(),
    async close() {
      trouble.stop();
      await office.close();
      await host.close();
    },
  };
}
