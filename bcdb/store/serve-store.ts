/**
 * A store behind a message port: answers calls one at a time and, for a guardian, cuts blocks when they are due.
 * All timers of the store live here.
 */
import { type ErrorData, toErrorData } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import type { QueryName } from '../replica-api.ts';
import { createAdmitting, outcomeOf } from './admitting.ts';
import type { Rules } from './executor.ts';
import { createIndexPump } from './index-pump.ts';
import type { FromStore, StoreCall } from './protocol.ts';
import { createStoreHolder } from './store-holder.ts';
import type { StoreEvents } from './store-options.ts';
import type { VerifyMany } from './verify-pool.ts';

export type ServedStore = {
  /** Does one call and says its outcome. */
  hear(call: StoreCall): void;
};

export type ServeOptions = {
  readonly rules: Rules;
  readonly verify: Verify;
  readonly verifyMany: VerifyMany;
  readonly clock: () => number;
  readonly say: (message: FromStore) => void;
};

/** All but those that take two steps. */
type OtherCall = Exclude<StoreCall, { readonly name: 'admit' }>;

/** A clock that jumps, or a timer that sleeps with the machine, is noticed within this time. */
const lookAgainMs = 1000;
/** After a block that could not be cut (a full disk), this long until the next try. */
const retryMs = 1000;

/** The query behind a call that may need an index. */
const indexedBy = (call: StoreCall): QueryName | undefined => {
  if (call.name === 'query') return call.input[0];
  return call.name === 'watch' ? call.input[1] : undefined;
};

export function serveStore({ rules, verify, verifyMany, clock, say }: ServeOptions): ServedStore {
  /** Subscriptions, by number. */
  const watches = new Set<number>();
  let isOrdering = false;
  let pendingCount = 0;
  /** When a block that could not be cut is tried again, by the clock that only goes on. */
  let retryAtMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Immediate | undefined;
  const admitting = createAdmitting(say);

  const events: StoreEvents = {
    head(head) {
      say({ type: 'head', head });
      // Values may have wandered away from where an index was cut.
      if (holder.store?.queries.isWaiting('nodes') === false) pump.start();
    },
    delta: (watch, seq, delta) => say({ type: 'delta', watch, seq, delta }),
    outbox: (changed) => say({ type: 'outbox', changed }),
    guardian: (isGuardian) => say({ type: 'guardian', isGuardian }),
    alarm: (alarm) => say({ type: 'alarm', alarm }),
    defect: (error) => say({ type: 'defect', error }),
  };

  const pump = createIndexPump(
    {
      isWaiting: (name) => holder.store?.queries.isWaiting(name) === true,
      prepare: (ms) => holder.store?.queries.prepare(ms) === true,
    },
    events.defect,
  );

  /** No step fits on what was told before: whoever watches asks for the whole answer again. */
  function tellWatchers(): void {
    for (const watch of watches) events.delta?.(watch, 0, { kind: 'whole', answer: null });
  }

  const holder = createStoreHolder({
    rules,
    verify,
    verifyMany,
    clock,
    events,
    onOpened({ indexes }) {
      if (indexes !== 'when asked') pump.start();
      tellWatchers();
    },
  });
  const { opened } = holder;

  function perform(call: OtherCall): unknown {
    switch (call.name) {
      case 'open':
        return holder.open(...call.input);
      case 'importBegin':
        return opened().upkeep.import((desk) => desk.begin(...call.input));
      case 'importPiece':
        return opened().upkeep.import((desk) => desk.add(...call.input));
      case 'importFinish':
        opened().upkeep.import((desk) => desk.finish());
        return holder.reopen();
      case 'importReset':
        opened().upkeep.import((desk) => desk.reset());
        return holder.reopen();
      case 'raise':
        opened().upkeep.raiseBeside(...call.input);
        return undefined;
      case 'takeOver':
        return holder.takeOver(...call.input);
      case 'mend':
        opened().upkeep.mend(...call.input);
        return undefined;
      case 'heal':
        return holder.heal();
      case 'info':
        return opened().info();
      case 'order':
        isOrdering = true;
        return undefined;
      case 'submit':
        return opened().submit(...call.input);
      case 'entry':
        return opened().entry(...call.input);
      case 'pending':
        return opened().pending(...call.input);
      case 'refuse':
        opened().refuse(...call.input);
        return undefined;
      case 'apply':
        return opened().apply(...call.input);
      case 'block':
        return opened().block(...call.input);
      case 'headAnswer':
        // Before it orders, a guardian may still be taking the end of its history back from its feed.
        return opened().heads.answer(...call.input, isOrdering);
      case 'judgeHead':
        return opened().judgeHead(...call.input);
      case 'judgeTold':
        return opened().judgeTold(...call.input);
      case 'guardians':
        return opened().heads.guardians();
      case 'query':
        return opened().query(...call.input);
      case 'watch': {
        const answer = opened().live.watch(...call.input);
        watches.add(call.input[0]);
        return answer;
      }
      case 'heard':
        opened().live.heard(...call.input);
        return undefined;
      case 'unwatch':
        watches.delete(call.input[0]);
        opened().live.unwatch(...call.input);
        return undefined;
      case 'recall':
        return opened().upkeep.recall(...call.input);
      case 'remember':
        opened().upkeep.remember(...call.input);
        return undefined;
      case 'situation':
        return opened().situation();
      case 'takeAdmitted':
        return opened().takeAdmitted(...call.input);
      case 'propose':
        return opened().act((acts) => acts.propose(...call.input));
      case 'prepare':
        return opened().act((acts) => acts.prepare());
      case 'lock':
        return opened().act((acts) => acts.lock(...call.input));
      case 'certify':
        return opened().act((acts) => acts.certify(...call.input));
      case 'tick':
        return opened().act((acts) => acts.tick(...call.input));
      case 'move':
        return opened().act((acts) => acts.move(...call.input));
      case 'epoch':
        return opened().act((acts) => acts.epoch());
      case 'locked':
        return opened().act((acts) => acts.locked());
      case 'epochRecord':
        return opened().act((acts) => acts.epochRecord(...call.input));
      case 'adopt':
        opened().adopt(...call.input);
        return undefined;
      case 'accuse':
        opened().accuse(...call.input);
        return undefined;
      case 'certifySequencer':
        return opened().certifySequencer(...call.input);
      case 'close':
        admitting.finish();
        isOrdering = false;
        pump.stop();
        holder.close();
        return undefined;
    }
  }

  function cut(): void {
    try {
      if (holder.store?.cutInMs() === 0) holder.store.cut();
      retryAtMs = undefined;
    } catch (error) {
      if (retryAtMs === undefined) say({ type: 'defect', error: toErrorData(error) });
      retryAtMs = performance.now() + retryMs;
    }
  }

  const pauseMs = (): number => Math.max(0, (retryAtMs ?? 0) - performance.now());

  /** Cuts a block, if one is due, of what waits at the door, while threads judge what is to come in; that comes in then. */
  function step(): void {
    if (isOrdering && pauseMs() === 0) cut();
    admitting.finish();
    tellPending();
    schedule();
  }

  function outcome(call: OtherCall): FromStore {
    const told = outcomeOf(call.id, () => perform(call));
    // Whoever met it, also a question: a store that reads nonsense does not go on.
    if (told.type === 'failed' && told.error.code === 'replica/corrupt') holder.store?.upkeep.raise(told.error);
    return told;
  }

  function tellPending(): void {
    const count = holder.store?.pendingCount ?? pendingCount;
    if (count !== pendingCount) say({ type: 'pending', count });
    pendingCount = count;
  }

  /** After each step: sees when the next one is due. */
  function schedule(): void {
    clearTimeout(timer);
    clearImmediate(soon);
    const { store } = holder;
    if (store === undefined) return;
    const cutInMs = isOrdering ? store.cutInMs() : undefined;
    if (cutInMs === undefined && admitting.isEmpty) return;
    const waitMs = admitting.isEmpty ? Math.max(cutInMs ?? 0, pauseMs()) : 0;
    // An immediate runs after all messages that are here already: what came together shares a block.
    if (waitMs === 0) soon = setImmediate(step);
    else timer = setTimeout(step, Math.min(waitMs, lookAgainMs));
  }

  return {
    hear(call) {
      if (call.name === 'admit') {
        admitting.begin(call.id, () => opened().beginAdmit(...call.input));
        schedule();
        return;
      }
      const name = indexedBy(call);
      if (name !== undefined && holder.store?.queries.isWaiting(name) === true) {
        const fail = (error: ErrorData): void => say({ type: 'failed', id: call.id, error });
        pump.whenReady(name, () => say(outcome(call)), fail);
        return;
      }
      const answer = outcome(call);
      tellPending();
      say(answer);
      schedule();
    },
  };
}
