// A member or guardian of a grid as a process: one real replica and one key that pays. Does what its parent asks over the IPC
// channel and tells what became of it; ends with its parent.

import { setTimeout as sleep } from 'node:timers/promises';
import { openReplica } from '../../bcdb/replica.ts';
import type { Queries, QueryName, Replica, ReplicaOptions } from '../../bcdb/replica-api.ts';
import { signSodium } from '../../bcdb/verify.ts';
import { type ErrorData, toErrorData } from '../../core/errors.ts';
import { addressOf, publicKeyOf } from '../../core/keys.ts';
import type { CertifiedHead } from '../../core/proofs-history.ts';
import { draftBytes, recordId, sealRecord } from '../../core/record.ts';
import type { ReplicaView } from '../../core/views.ts';

/** How a member is opened; its account's seed comes by message, as everywhere. With a `guardianSeed` it is a guardian. */
export type MemberOptions = Omit<ReplicaOptions, 'onError' | 'log' | 'sequencer'> & {
  readonly accountSeed: Uint8Array;
};

/** What a member can be asked: name -> [input, answer]. */
export type MemberCalls = {
  readonly open: readonly [MemberOptions, { readonly grid: Uint8Array }];
  /** Hands in `count` payments of 1 stroop, round the receivers; answers their ids once all are durable in the outbox. */
  readonly pay: readonly [{ readonly to: readonly Uint8Array[]; readonly count: number }, readonly string[]];
  /** Hands in such payments one after the other until `still`, and tells of each that is durable (`taken`). */
  readonly flow: readonly [{ readonly to: readonly Uint8Array[]; readonly pauseMs: number }, null];
  readonly still: readonly [null, null];
  /** Hands in a record that somebody signed. */
  readonly submit: readonly [Uint8Array, string];
  /** A head that somebody told of, as in a co-sign packet. */
  readonly judgeHead: readonly [CertifiedHead, string];
  readonly state: readonly [null, ReplicaView];
  readonly invitation: readonly [null, string];
  readonly query: readonly [{ readonly name: QueryName; readonly input: unknown }, unknown];
  readonly close: readonly [null, null];
};

export type MemberCall = keyof MemberCalls;

/** What the process says: an answer, the id of a payment that is durable, or a line about trouble. */
export type FromMember =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: ErrorData }
  | { readonly taken: string }
  | { readonly trouble: string };

type Request = {
  readonly [C in MemberCall]: { readonly id: number; readonly call: C; readonly input: MemberCalls[C][0] };
}[MemberCall];

/** Payments on their way into the outbox at once: they share its transactions. */
const atOnce = 200;

const say = (message: FromMember): void => void process.send?.(message);

let opened: { readonly replica: Replica; readonly seed: Uint8Array } | undefined;

function need(): { readonly replica: Replica; readonly seed: Uint8Array } {
  if (opened === undefined) throw new Error('not open');
  return opened;
}

async function open({ accountSeed, ...options }: MemberOptions): Promise<{ grid: Uint8Array }> {
  const replica = await openReplica({
    ...options,
    onError: (error) => say({ trouble: error.message }),
    log: (line) => say({ trouble: line }),
  });
  opened = { replica, seed: accountSeed };
  return { grid: replica.grid };
}

async function pay({ to, count }: MemberCalls['pay'][0]): Promise<readonly string[]> {
  const { replica, seed } = need();
  const author = publicKeyOf(seed);
  let { seq, prev } = await replica.query('next', { author: addressOf(author) });
  const ids: string[] = [];
  while (ids.length < count) {
    const records = Array.from({ length: Math.min(atOnce, count - ids.length) }, (_, index) => {
      const receiver = to[(ids.length + index) % to.length] ?? author;
      const body = { to: receiver, amountStroops: 1n };
      const signed = draftBytes({ grid: replica.grid, kind: 'transfer', author, seq, prev, body });
      const sealed = sealRecord(signed, signSodium(seed, signed));
      seq += 1;
      prev = recordId(signed);
      return sealed;
    });
    const views = await Promise.all(records.map((record) => replica.submit(record)));
    ids.push(...views.map(({ id }) => id));
  }
  return ids;
}

let isFlowing = false;
let flowing: Promise<void> = Promise.resolve();

async function flow(input: MemberCalls['flow'][0]): Promise<void> {
  const { to, pauseMs } = input;
  for (let round = 0; isFlowing; round++) {
    try {
      const receiver = to[round % to.length];
      const ids = await pay({ to: receiver === undefined ? [] : [receiver], count: 1 });
      for (const id of ids) say({ taken: id });
      await sleep(pauseMs);
    } catch (error) {
      // No block yet, a full disk: that passes.
      say({ trouble: String(error) });
      await sleep(20 * pauseMs + 100);
    }
  }
}

async function answer(request: Request): Promise<unknown> {
  switch (request.call) {
    case 'open':
      return open(request.input);
    case 'pay':
      return pay(request.input);
    case 'flow':
      isFlowing = true;
      flowing = flow(request.input);
      return null;
    case 'still':
      isFlowing = false;
      await flowing;
      return null;
    case 'submit':
      return (await need().replica.submit(request.input)).id;
    case 'judgeHead':
      return need().replica.judgeHead(request.input);
    case 'state':
      return need().replica.state();
    case 'invitation':
      return need().replica.invitation();
    case 'query':
      return need().replica.query(request.input.name, request.input.input as Queries[QueryName][0]);
    case 'close':
      await opened?.replica.close();
      return null;
  }
}

process.on('disconnect', () => process.exit(0));
process.on('message', (request: Request) => {
  answer(request).then(
    (value) => say({ id: request.id, value }),
    (error: unknown) => say({ id: request.id, error: toErrorData(error) }),
  );
});
