/**
 * Keeps the node-agent running: start, stop, status, and growing pauses when it crashes, until it gives up with the
 * reason. Knows nothing of farms or keys; what starts an agent comes in by argument.
 */
import type { FromAgent } from '../../core/agent-link.ts';
import type { Countersigned } from '../../core/bodies.ts';
import { toErrorData } from '../../core/errors.ts';
import type { AgentStatusView } from '../../core/ipc/views.ts';
import type { Log } from '../log.ts';
import type { AgentProcess } from './agent-process.ts';

/** Starts one run; `onLine` gets what it says. */
export type StartRun = (onLine: (line: FromAgent) => void) => Promise<AgentProcess>;

/** What a supervisor is built from. */
export type SupervisorOptions = {
  readonly startRun: StartRun;
  readonly log: Log;
  readonly now: () => number;
  readonly onChange: () => void;
  /** Told of each request for the farmer's signature. */
  readonly onCountersign: (statement: Countersigned) => void;
  /** Waits; injected, so that twenty crashes take no minutes in a test. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** Crashes in a row after which it gives up. */
export const mostCrashes = 20;
const longestPauseMs = 60_000;
/** A run that lasted this long was a good one: the next crash is a first one again. */
const goodRunMs = 60_000;
const patienceMs = 20_000;
const waitingPauseMs = 2000;

/** Pause before the try after `crashes` crashes in a row: 0.5, 1, 2, 4 … 60 seconds. */
export const pauseMsAfter = (crashes: number): number => Math.min(500 * 2 ** (crashes - 1), longestPauseMs);

type Problem = AgentStatusView['problem'];

const unknownStatus = { engine: null, capacity: null, startedMs: null, workloads: [] };

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #wait: NonNullable<SupervisorOptions['wait']>;
  #stopping: AbortController | undefined;
  #loop: Promise<void> = Promise.resolve();
  #run: AgentProcess | undefined;
  #state: AgentStatusView['state'] = 'stopped';
  #isDraining = false;
  #status: AgentStatusView | undefined;
  #problem: Problem = null;
  #nextTryMs: number | null = null;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#wait = options.wait ?? sleep;
  }

  /** True from `start` until `stop` or giving up. */
  get isOn(): boolean {
    return this.#stopping !== undefined;
  }

  /** What the farm screen shows. */
  view(): AgentStatusView {
    return {
      ...(this.#status ?? unknownStatus),
      state: this.#state,
      problem: this.#problem,
      nextTryMs: this.#nextTryMs,
    };
  }

  /** Starts, unless it is on already. */
  start(): void {
    if (this.#stopping !== undefined) return;
    const stopping = new AbortController();
    this.#stopping = stopping;
    this.#problem = null;
    this.#loop = this.#keepRunning(stopping.signal);
  }

  /** Starts anew, so that the next run gets what has changed since; workloads go on running and are adopted. */
  async restart(): Promise<void> {
    await this.stop(false);
    this.start();
  }

  /** Passes on the farmer's signature. */
  countersigned(signature: Uint8Array): void {
    this.#run?.tell({ type: 'countersigned', signature });
  }

  /** Stops the agent with patience, with its workloads (`drain`) or without; resolves when it is gone. */
  async stop(drain: boolean): Promise<void> {
    if (this.#stopping === undefined) return;
    this.#isDraining = drain;
    this.#become('stopping');
    this.#stopping.abort();
    await this.#run?.stop(patienceMs, drain);
    await this.#loop;
    this.#stopping = undefined;
    this.#status = undefined;
    this.#become('stopped');
  }

  async #keepRunning(signal: AbortSignal): Promise<void> {
    let crashes = 0;
    while (!signal.aborted) {
      const startedMs = this.#options.now();
      const reason = await this.#runOnce(signal);
      if (signal.aborted) return;
      // Keys locked away or a grid not open yet are no crash: it waits for them.
      const isWaiting = /^(vault|grid|replica)\//.test(reason.code);
      if (this.#options.now() - startedMs >= goodRunMs) crashes = 0;
      if (!isWaiting) {
        crashes += 1;
        this.#options.log('error', 'agent', 'crashed', { crashes, code: reason.code, detail: reason.detail });
      }
      if (crashes >= mostCrashes) {
        this.#stopping = undefined;
        this.#problem = {
          code: 'agent/gave-up',
          detail: `${crashes} crashes in a row; the last: ${reason.code} ${reason.detail}`.slice(0, 500),
        };
        this.#become('gave-up');
        return;
      }
      const pauseMs = isWaiting ? waitingPauseMs : pauseMsAfter(crashes);
      this.#problem = reason;
      this.#nextTryMs = this.#options.now() + pauseMs;
      this.#become('starting');
      await this.#wait(pauseMs, signal);
      this.#nextTryMs = null;
    }
  }

  /** One run from start to end; the reason of its end in code and words. */
  async #runOnce(signal: AbortSignal): Promise<NonNullable<Problem>> {
    this.#status = undefined;
    this.#problem = null;
    this.#become('starting');
    try {
      this.#run = await this.#options.startRun((line) => this.#hear(line));
    } catch (error) {
      const { code, detail } = toErrorData(error, 'agent/crashed');
      return { code, detail };
    }
    if (signal.aborted) await this.#run.stop(patienceMs, this.#isDraining);
    const exit = await this.#run.exited;
    this.#run = undefined;
    const words = exit.lastWords.split('\n').at(-1) ?? '';
    return (
      this.#problem ?? {
        code: 'agent/crashed',
        detail: `ended with ${exit.signal ?? `code ${exit.code}`} ${words}`.trim().slice(0, 500),
      }
    );
  }

  #hear(line: FromAgent): void {
    if (line.type === 'countersign') {
      this.#options.onCountersign(line.statement);
      return;
    }
    this.#status = line.status;
    this.#problem = line.status.problem;
    if (this.#state !== 'stopping') this.#become(line.status.state);
    else this.#options.onChange();
  }

  #become(state: AgentStatusView['state']): void {
    this.#state = state;
    this.#options.onChange();
  }
}
