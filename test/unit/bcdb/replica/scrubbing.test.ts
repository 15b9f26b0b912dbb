// When a running replica looks itself over: what it believes, whom it asks, and what stops it.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LightPeers } from '../../../../bcdb/replica/light-peers.ts';
import { startScrubbing } from '../../../../bcdb/replica/scrubbing.ts';
import type { Mending } from '../../../../bcdb/store/mend.ts';
import type { Finding } from '../../../../bcdb/store/scrub.ts';
import type { ScrubStep } from '../../../../bcdb/store/scrub-slowly.ts';
import type { StoreClient } from '../../../../bcdb/store/store-client.ts';
import { encode } from '../../../../core/cbor.ts';
import { AppError, codeOf } from '../../../../core/errors.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const place = (at: number): Uint8Array => Uint8Array.of(at);
const block = (height: number | null): Finding => ({ where: 'here', what: 'is wrong', height });
type Answer = readonly Finding[] | Error;

/** A database of five places; `answers`: what is found at place 2, one look after the other, the last one for ever. */
function world(answers: readonly Answer[], options: { readonly kept?: Uint8Array; readonly peers?: number } = {}) {
  const calls: unknown[] = [];
  const told: string[] = [];
  const blamed: number[] = [];
  const looks: number[] = [];
  let peers = options.peers ?? 0;
  let look = 0;
  const reader = {
    async scrub(from: Uint8Array | undefined): Promise<ScrubStep> {
      const at = from?.[0] ?? 0;
      looks.push(at);
      const answer = at === 2 ? answers[Math.min(look++, answers.length - 1)] : [];
      if (answer instanceof Error) throw answer;
      return { place: place((at + 1) % 5), findings: answer ?? [], steps: 5, isEnd: at === 4 };
    },
    async mend(height: number, bytes: Uint8Array): Promise<Mending> {
      if (bytes[0] === 0) throw new AppError('replica/bad-block');
      return { height, block: [], gone: [], records: [] };
    },
    close: () => Promise.resolve(void calls.push('new reader')),
  };
  const asked: LightPeers = {
    ready: () =>
      Array.from({ length: peers }, (_, index) => Uint8Array.of(index)).filter(([id]) => !blamed.includes(id ?? 0)),
    // The first one lies.
    ask: (peer) => Promise.resolve(encode([Uint8Array.of(peer[0] ?? 0)])),
    blame: (peer) => void blamed.push(peer[0] ?? 0),
  };
  const store = {
    call(name: string, ...input: unknown[]): Promise<unknown> {
      calls.push([name, ...input]);
      return Promise.resolve(name === 'recall' ? options.kept : undefined);
    },
  } as Pick<StoreClient, 'call'>;
  const scrubbing = startScrubbing({
    store,
    reader,
    peers: () => asked,
    isReady: () => true,
    pauseMs: 100,
    onError: (error) => told.push(`${codeOf(error)}`),
    log: undefined,
  });
  const of = (name: string): readonly unknown[] => calls.filter((call) => Array.isArray(call) && call[0] === name);
  const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
  return {
    scrubbing,
    calls,
    told,
    blamed,
    looks,
    of,
    pass,
    come(count: number) {
      peers = count;
    },
  };
}

describe('a replica that looks itself over', () => {
  it('goes on where it was, round by round, and keeps how far it came', async () => {
    const { scrubbing, looks, of, pass, told } = world([[]], { kept: place(3) });
    await pass(450);
    expect(looks).toEqual([3, 4, 0, 1]);
    await scrubbing.stop();
    await pass(10_000);
    expect(looks).toEqual([3, 4, 0, 1]);
    // At the end of the round, and at the end.
    expect(of('remember')).toEqual([
      ['remember', 'scrub', place(0)],
      ['remember', 'scrub', place(2)],
    ]);
    expect([told, of('raise')]).toEqual([[], []]);
  });

  it('believes nothing that a new reader does not see', async () => {
    const { looks, calls, of, pass, told } = world([[block(null)], []]);
    await pass(450);
    expect(looks).toEqual([0, 1, 2, 2, 3]);
    expect(calls).toContain('new reader');
    expect([told, of('raise')]).toEqual([[], []]);
  });

  it('stops the store for what no block mends, and tells once', async () => {
    const { of, pass, told } = world([[block(null)]]);
    await pass(200_000);
    expect(told).toEqual(['replica/corrupt']);
    expect(of('raise')[0]).toEqual([
      'raise',
      { code: 'replica/corrupt', detail: 'scrub: here: is wrong', retry: false },
    ]);
  });

  it('waits for somebody who has a damaged block, asks the next one where one lies, and goes on', async () => {
    const { of, pass, told, come, blamed, looks } = world([[block(7)], [block(7)], [block(7)], [block(7)], []]);
    await pass(1000);
    expect([of('mend'), of('raise'), told]).toEqual([[], [], ['replica/corrupt']]);
    come(2);
    await pass(6000);
    expect(blamed).toEqual([0]);
    expect(of('mend')).toEqual([['mend', { height: 7, block: [], gone: [], records: [] }]]);
    expect([of('raise'), told]).toEqual([[], ['replica/corrupt']]);
    expect(looks.at(-1)).not.toBe(2);
  });

  it('stops the store when the right block changed nothing', async () => {
    const { of, pass } = world([[block(7)]], { peers: 2 });
    await pass(1000);
    expect(of('mend')).toHaveLength(1);
    expect(of('raise')).toHaveLength(1);
  });

  it('stops the store when two readers one after the other cannot even read, and not for other trouble', async () => {
    const corrupt = new AppError('replica/corrupt');
    const once = world([corrupt, []]);
    await once.pass(20_000);
    expect([once.of('raise'), once.told, once.calls.includes('new reader')]).toEqual([[], ['replica/corrupt'], true]);
    const twice = world([corrupt]);
    await twice.pass(6000);
    expect(twice.of('raise')).toHaveLength(1);
    const other = world([new AppError('replica/in-use')]);
    await other.pass(300_000);
    expect(other.of('raise')).toEqual([]);
    expect(new Set(other.told)).toEqual(new Set(['replica/in-use']));
  });

  it('begins from the start without a pause when there is reason to', async () => {
    const { scrubbing, looks, pass } = world([[]], { kept: place(3) });
    await pass(150);
    scrubbing.hurry();
    await pass(10);
    expect(looks).toEqual([3, 0, 1, 2, 3, 4]);
  });
});
