/**
 * Keeps the node-agent running: start, stop, status, and growing pauses when it crashes, until it gives up with the
 * reason. Knows nothing of farms or keys; what starts an agent comes in by argument.
 */
import type { FromAgent } from '../../core/agent-pipe.ts';
import { type ErrorCode, isErrorCode } from '../../core/errors.ts';
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
  readonly onCountersign: (statement: Uint8Array) => void;
  /** Waits; injected, so that twenty crashes take no minutes in a test. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** Crashes in a row after which it gives up. */
export const mostCrashes = 20;
const longestPauseMs = 60_000;
/** A run that lasted this long was a good one: the next crash is a first one again. */
const goodRunMs = 60_000;
const patienceMs = 20_000;

/** Pause before the try after `crashes` crashes in a row: 0.5, 1, 2, 4 … 60 seconds. */
export const pauseMsAfter = (crashes: number): number => Math.min(500 * 2 ** (crashes - 1), longestPauseMs);

type Status = Extract<FromAgent, { type: 'status' }>;
type Problem = AgentStatusView['problem'];

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
  #status: Status | undefined;
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
    const status = this.#status;
    return {
      state: this.#state,
      problem: this.#problem ?? problemOf(status),
      engine: status?.engine ?? null,
      capacity: status?.capacity ?? null,
      startedMs: status?.startedMs ?? null,
      nextTryMs: this.#nextTryMs,
      workloads: status?.workloads ?? [],
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

  /** Passes on the farmer's signature. */
  countersigned(signature: Uint8Array): void {
    this.#run?.tell({ type: 'countersigned', signature });
  }

  /** Stops the agent with patience; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#stopping === undefined) return;
    this.#become('stopping');
    this.#stopping.abort();
    await this.#run?.stop(patienceMs);
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
      if (this.#options.now() - startedMs >= goodRunMs) crashes = 0;
      crashes += 1;
      this.#options.log('error', 'agent', 'crashed', { crashes, code: reason.code, detail: reason.detail });
      if (crashes >= mostCrashes) {
        this.#stopping = undefined;
        this.#problem = { code: 'agent/gave-up', detail: `${crashes} crashes in a row; the last: ${reason.code} ${reason.detail}`.slice(0, 500) };
        this.#become('gave-up');
        return;
      }
      const pauseMs = pauseMsAfter(crashes);
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
    this.#become('starting');
    try {
      this.#run = await this.#options.startRun((line) => this.#hear(line));
    } catch (error) {
      const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
      return { code: isErrorCode(code) ? code : 'agent/crashed', detail: error instanceof Error ? error.message : String(error) };
    }
    if (signal.aborted) await this.#run.stop(patienceMs);
    const exit = await this.#run.exited;
    this.#run = undefined;
    const told = problemOf(this.#status);
    const words = exit.lastWords.split('\n').at(-1) ?? '';
    return told ?? { code: 'agent/crashed', detail: `ended with ${exit.signal ?? `code ${exit.code}`} ${words}`.trim().slice(0, 500) };
  }

  #hear(line: FromAgent): void {
    if (line.type === 'countersign') {
      this.#options.onCountersign(line.statement);
      return;
    }
    this.#status = line;
    if (line.state === 'running') this.#problem = null;
    if (this.#state !== 'stopping') this.#become(line.state);
  }

  #become(state: AgentStatusView['state']): void {
    this.#state = state;
    this.#options.onChange();
  }
}

/** The agent's own problem; a code that this version does not know is named in the detail. */
function problemOf(status: Status | undefined): Problem {
  if (status?.problem === undefined || status.problem === null) return null;
  const { code, detail } = status.problem;
  const known: ErrorCode = isErrorCode(code) ? code : 'agent/engine-failed';
  return { code: known, detail: known === code ? detail : `${code} ${detail}`.slice(0, 500) };
}
