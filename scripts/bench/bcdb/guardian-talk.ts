// What the bench and its guardians' processes say to each other. Types only.

import type { SequencerPeers } from '../../../bcdb/guardian/sequencer-api.ts';

/** The first word; seeds come by message, never by argv. */
export type Begin = {
  readonly type: 'begin';
  readonly folder: string;
  readonly seed: Uint8Array;
  readonly genesis: Uint8Array;
  readonly grid: Uint8Array;
  readonly peers: SequencerPeers;
};

export type ToGuardian =
  | Begin
  /** From another guardian, whom the bench vouches for. */
  | { readonly type: 'peer'; readonly guardian: Uint8Array; readonly bytes: Uint8Array }
  /** Hand these in one after the other, each when the one before is final; then time as many bare messages. */
  | { readonly type: 'one-by-one'; readonly records: readonly Uint8Array[] }
  /** Hand these in at once. */
  | { readonly type: 'all'; readonly records: readonly Uint8Array[] };

export type FromGuardian =
  /** A block is final here. */
  | { readonly type: 'head'; readonly records: number; readonly execHash: string }
  | { readonly type: 'peer'; readonly to: Uint8Array; readonly bytes: Uint8Array }
  | { readonly type: 'latencies'; readonly finalMs: readonly number[]; readonly publishMs: readonly number[] }
  | { readonly type: 'trouble'; readonly what: string };
