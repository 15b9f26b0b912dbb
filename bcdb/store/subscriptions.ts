/**
 * The host's side of subscriptions: applies the steps that the store makes, tells each listener at his own pace, and asks for the
 * whole answer again when a step is missing.
 */
import { AppError, codeOf } from '../../core/errors.ts';
import { applyDelta } from '../live.ts';
import type { LiveName, Queries, Replica, Told } from '../replica-api.ts';
import type { CallName, FromStore, StoreCalls } from './protocol.ts';

type Call = <N extends CallName>(name: N, ...input: StoreCalls[N][0]) => Promise<StoreCalls[N][1]>;
type Step = Extract<FromStore, { readonly type: 'delta' }>;

type Subscription = {
  readonly name: LiveName;
  readonly input: Queries[LiveName][0];
  readonly listener: (told: Told<never>) => void | Promise<void>;
  /** Undefined: the whole answer is on its way. */
  told: Told<unknown> | undefined;
  /** The database began anew and has no block yet: there is an answer again from its first one on. */
  isWaiting: boolean;
};

export type Subscriptions = {
  readonly subscribe: Replica['subscribe'];
  hear(step: Step): void;
  /** There is a block. */
  headCame(): void;
};

/** `onDefect` hears what a listener throws. */
export function createSubscriptions(call: Call, onDefect: (error: AppError) => void): Subscriptions {
  const open = new Map<number, Subscription>();
  let last = 0;

  const failed = (error: unknown): void => {
    // The store is gone, and has said so.
    if (codeOf(error) === 'replica/closed') return;
    onDefect(error instanceof AppError ? error : new AppError('ipc/internal', String(error), { cause: error }));
  };

  async function tell(watch: number, subscription: Subscription, told: Told<unknown>): Promise<void> {
    subscription.told = told;
    try {
      await subscription.listener(told as Told<never>);
    } catch (error) {
      failed(error);
    }
    if (open.has(watch)) await call('heard', watch);
  }

  async function begin(watch: number, subscription: Subscription): Promise<void> {
    const answer = await call('watch', watch, subscription.name, subscription.input);
    if (open.has(watch)) void tell(watch, subscription, { seq: 0, answer, delta: null }).catch(failed);
    else await call('unwatch', watch);
  }

  async function beginAgain(watch: number, subscription: Subscription): Promise<void> {
    subscription.told = undefined;
    subscription.isWaiting = false;
    await call('unwatch', watch);
    try {
      await begin(watch, subscription);
    } catch (error) {
      if (codeOf(error) !== 'replica/not-executed-yet') throw error;
      subscription.isWaiting = true;
    }
  }

  return {
    async subscribe(name, input, listener) {
      const watch = ++last;
      const subscription: Subscription = {
        name,
        input,
        listener: listener as Subscription['listener'],
        told: undefined,
        isWaiting: false,
      };
      open.set(watch, subscription);
      try {
        await begin(watch, subscription);
      } catch (error) {
        open.delete(watch);
        throw error;
      }
      return () => {
        if (open.delete(watch)) void call('unwatch', watch).catch(failed);
      };
    },
    hear({ watch, seq, delta }) {
      const subscription = open.get(watch);
      if (subscription?.told === undefined) return;
      const { told } = subscription;
      const step =
        seq === told.seq + 1
          ? tell(watch, subscription, { seq, answer: applyDelta(told.answer, delta), delta })
          : beginAgain(watch, subscription);
      void step.catch(failed);
    },
    headCame() {
      for (const [watch, subscription] of open) {
        if (subscription.isWaiting) void beginAgain(watch, subscription).catch(failed);
      }
    },
  };
}
