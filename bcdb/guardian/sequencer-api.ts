/**
 * The sequencer as guardians see it: one ordered stream of messages an epoch, the same for all of them. Liveness only:
 * what comes out of it is believed for its signatures, never for its order. Types only.
 */

import type { Seat } from '../../core/guardian.ts';
import type { PublicKey } from '../../core/keys.ts';

/** A message and its place in the stream: 1, 2, 3, … without gaps. */
export type StreamMessage = { readonly position: number; readonly bytes: Uint8Array };

export type Sequencer = {
  readonly epoch: number;
  /**
   * Durable in the stream when it resolves, to its position. The same `id` again within two minutes is stored once and
   * resolves to the first position. Throws `guardian/sequencer-failed` (retry) when the stream does not take it in time.
   */
  publish(bytes: Uint8Array, id?: string): Promise<number>;
  /**
   * Hands over all messages from `from` on, in order, one at a time, then live, across lost connections, until the returned
   * function is called. `onGone`: messages from `from` on are no longer there; the stream begins at `first`.
   */
  read(
    from: number,
    onMessage: (message: StreamMessage) => void | Promise<void>,
    onGone: (first: number) => void,
  ): () => void;
  /** Messages below `position` are not needed by this guardian any more. */
  forget(position: number): Promise<void>;
  close(): Promise<void>;
};

/** Who shares a stream. `seats` stand in the order of `guardians`. */
export type SequencerPeers = { readonly guardians: readonly PublicKey[]; readonly seats: readonly Seat[] };

/** Whether the stream can be used now, for the screens and for the decision to move to another epoch. */
export type SequencerState =
  | { readonly name: 'starting' }
  | { readonly name: 'ready' }
  /** `detail`: for experts. */
  | {
      readonly name: 'failed';
      readonly code: 'guardian/no-nats-server' | 'guardian/sequencer-failed';
      readonly detail: string;
    };

/** What runs the sequencer on this machine (a nats-server of our own), one epoch at a time. */
export type SequencerHost = {
  /** The stream of an epoch; an earlier one is closed. A new epoch begins with empty storage and a stream of its own. */
  open(epoch: number, peers: SequencerPeers): Promise<Sequencer>;
  /** The guardians changed within an epoch: routes and trust follow, the stream goes on. */
  change(peers: SequencerPeers): Promise<void>;
  state(): SequencerState;
  close(): Promise<void>;
};
