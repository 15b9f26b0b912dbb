/**
 * Looks the database over while the replica runs: a step and a long pause, about a round a week, from where the last start left
 * off. A damaged block is fetched from a peer and mended; anything else stops the store with `replica/corrupt` (see healing.ts).
 * Everything that is found is told.
 */
import { AppError, codeOf } from '../../core/errors.ts';
import type { Finding } from '../store/scrub.ts';
import { askBlocks, readBlocks } from '../store/snapshot-service.ts';
import type { StoreClient } from '../store/store-client.ts';
import { isOurTrouble, type LightPeers } from './light-peers.ts';
import type { SnapshotServer } from './snapshot-server.ts';

export type ScrubbingOptions = {
  readonly store: Pick<StoreClient, 'call'>;
  readonly reader: Pick<SnapshotServer, 'scrub' | 'mend' | 'close'>;
  /** Who can be asked for blocks; undefined while there is no network. */
  readonly peers: () => LightPeers | undefined;
  /** There is something to look at: a head, and no snapshot on its way. */
  readonly isReady: () => boolean;
  /** Instead of the pace of a round a week. */
  readonly pauseMs: number | undefined;
  readonly onError: (error: unknown) => void;
  readonly log: ((line: string) => void) | undefined;
};

export type Scrubbing = {
  /** There is reason to look over everything now. */
  hurry(): void;
  /** Resolves when no step is under way. */
  stop(): Promise<void>;
};

const weekMs = 7 * 86_400_000;
const pauses = { shortestMs: 100, longestMs: 60_000 } as const;
/** How far it came is written down so often, and when it ends: a restart repeats no more than that. */
const keepEveryMs = 600_000;
/** While nobody is there who could give a block, or there is nothing to look at. */
const lookAgainMs = 5000;
/** Those who are there did not give it, or something went wrong. */
const againMs = 60_000;

/** So that a round takes a week. */
export const pauseOf = (steps: number): number =>
  Math.min(Math.max(weekMs / Math.max(steps, 1), pauses.shortestMs), pauses.longestMs);

const wordsOf = (findings: readonly Finding[]): string =>
  findings.map(({ where, what }) => `${where}: ${what}`).join('; ');

export function startScrubbing(options: ScrubbingOptions): Scrubbing {
  const { store, reader, peers, isReady, onError, log } = options;
  const { scrub } = reader;
  let place: Uint8Array | undefined;
  let isRead = false;
  let keptMs = performance.now();
  let isHurrying = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> | undefined;
  /** Steps that could not be done, one after the other. */
  let failures = 0;
  /** What was told of the place at hand. */
  let told = '';

  async function keep(): Promise<void> {
    keptMs = performance.now();
    if (place !== undefined) await store.call('remember', 'scrub', place);
  }

  /** True when a peer gave the block, and the store took it. */
  async function mend(height: number): Promise<boolean> {
    const asked = peers();
    for (const peer of asked?.ready() ?? []) {
      try {
        const [block] = readBlocks((await asked?.ask(peer, 'blocks', askBlocks(height))) ?? new Uint8Array(0));
        if (block === undefined || isStopped) return false;
        await store.call('mend', await reader.mend(height, block));
        log?.(`scrub: block ${height} was fetched again`);
        return true;
      } catch (error) {
        if (isOurTrouble(error)) throw error;
        asked?.blame(peer, error);
      }
    }
    return false;
  }

  const isAlone = (): boolean => (peers()?.ready().length ?? 0) === 0;

  function tell(findings: readonly Finding[]): void {
    const words = wordsOf(findings);
    if (words !== told) onError(new AppError('replica/corrupt', `scrub: ${words}`));
    told = words;
  }

  async function raise(what: string): Promise<void> {
    if (isStopped) return;
    await store.call('raise', { code: 'replica/corrupt', detail: `scrub: ${what}`.slice(0, 400), retry: false });
  }

  /** What is found a second time, by a new reader, is there. Answers whether nothing is wrong there any more. */
  async function isWhole(): Promise<boolean> {
    await reader.close();
    const { findings } = await scrub(place);
    if (findings.length === 0 || isStopped) return !isStopped;
    tell(findings);
    const heights = new Set(findings.flatMap(({ height }) => height ?? []));
    for (const height of heights) if (!(await mend(height))) return false;
    const left = heights.size === 0 ? findings : (await scrub(place)).findings;
    if (left.length > 0) await raise(wordsOf(left));
    return left.length === 0;
  }

  async function step(): Promise<number> {
    if (!isReady()) return lookAgainMs;
    if (!isRead) place = await store.call('recall', 'scrub');
    isRead = true;
    const done = await scrub(place);
    if (isStopped) return againMs;
    if (done.findings.length > 0 && !(await isWhole())) return isAlone() ? lookAgainMs : againMs;
    told = '';
    place = done.place;
    if (done.isEnd) isHurrying = false;
    if (done.isEnd || performance.now() - keptMs > keepEveryMs) await keep();
    return isHurrying ? 0 : (options.pauseMs ?? pauseOf(done.steps));
  }

  /** Not even a step can be done: what a new reader cannot read either is damaged. Answers how long to wait. */
  async function failed(problem: unknown): Promise<number> {
    if (isStopped || codeOf(problem) === 'replica/closed') return againMs;
    onError(problem);
    if (codeOf(problem) !== 'replica/corrupt') return againMs;
    failures += 1;
    if (failures > 1) await raise(String(problem)).catch(onError);
    else await reader.close();
    return lookAgainMs;
  }

  async function turn(): Promise<void> {
    let pauseMs = againMs;
    try {
      pauseMs = await step();
      failures = 0;
    } catch (error) {
      pauseMs = await failed(error);
    }
    next(pauseMs);
  }

  function next(pauseMs: number): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      underWay = turn();
    }, pauseMs);
    timer.unref();
  }

  next(options.pauseMs ?? pauses.longestMs);
  return {
    hurry() {
      if (isHurrying || isStopped) return;
      isHurrying = true;
      clearTimeout(timer);
      void (underWay ?? Promise.resolve()).finally(() => {
        clearTimeout(timer);
        isRead = true;
        place = undefined;
        next(0);
      });
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await underWay;
      // Closed already, or damaged: it begins a little earlier then.
      await keep().catch(() => undefined);
    },
  };
}
