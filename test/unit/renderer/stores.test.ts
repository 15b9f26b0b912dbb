// Mirrors of main: asked once, asked again when main says so, whole after a gap; and the list of nodes by pages.
import { describe, expect, test } from 'vitest';
import type { ChangedEvent, Channel } from '../../../core/ipc/contract.ts';
import type { Bridge } from '../../../renderer/bridge.ts';
import { CallError } from '../../../renderer/call-error.ts';
import { createLive } from '../../../renderer/stores/live.ts';
import { createNodeList, nodeAt, nodePageSize } from '../../../renderer/stores/node-list.ts';
import { createQueries } from '../../../renderer/stores/queries.ts';

/** A bridge whose answers and notices the test gives. */
const fakeBridge = (answer: (channel: Channel, input: unknown) => unknown) => {
  const asked: (readonly [Channel, unknown])[] = [];
  const changed = new Set<(event: ChangedEvent) => void>();
  const lines = new Set<(isUp: boolean) => void>();
  const bridge = {
    call: async (channel: Channel, input: unknown) => {
      asked.push([channel, input]);
      return answer(channel, input);
    },
    onChanged: (listener: (event: ChangedEvent) => void) => {
      changed.add(listener);
      return () => changed.delete(listener);
    },
    onLine: (listener: (isUp: boolean) => void) => {
      lines.add(listener);
      return () => lines.delete(listener);
    },
  } as unknown as Bridge; // only the test's own answers pass through it
  const tell = (seq: number, ...topics: ChangedEvent['topics']): void => {
    for (const listener of changed) listener({ seq, topics, head: { height: seq, timeMs: seq } });
  };
  const setLine = (isUp: boolean): void => {
    for (const listener of lines) listener(isUp);
  };
  return { bridge, asked, tell, setLine };
};

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

const mirror = (answer: (channel: Channel, input: unknown) => unknown) => {
  const fake = fakeBridge(answer);
  const live = createLive(fake.bridge);
  const waits: (() => void)[] = [];
  const queries = createQueries(fake.bridge, live, (callback) => void waits.push(callback));
  return { ...fake, live, queries, waits };
};

describe('queries', () => {
  test('two watchers share one question; only its own topics ask again; the old answer stays meanwhile', async () => {
    let contacts = [{ address: 'G', name: 'Ann' }];
    const { queries, asked, tell } = mirror(() => contacts);
    const query = queries.get('people.contacts', null);
    const stop = [query.watch(), queries.get('people.contacts', null).watch()];
    await settled();
    expect(query.store.getState()).toEqual({ kind: 'ready', value: [{ address: 'G', name: 'Ann' }] });
    tell(1, 'grid');
    contacts = [];
    tell(2, 'people');
    expect(query.store.getState().kind).toBe('ready');
    await settled();
    expect([asked.length, query.store.getState()]).toEqual([2, { kind: 'ready', value: [] }]);
    for (const each of stop) each();
  });

  test('a gap in the notices, or a line that came back, asks everything again', async () => {
    const { queries, asked, tell, setLine } = mirror(() => []);
    queries.get('people.contacts', null).watch();
    await settled();
    tell(5, 'grid');
    tell(7, 'grid');
    await settled();
    expect(asked).toHaveLength(2);
    setLine(false);
    setLine(true);
    await settled();
    expect(asked).toHaveLength(3);
  });

  test('what nobody watches is forgotten when it is old, and asked anew', async () => {
    const { queries, asked, tell } = mirror(() => []);
    queries.get('people.contacts', null).watch()();
    await settled();
    tell(1, 'people');
    await settled();
    expect(asked).toHaveLength(1);
    queries.get('people.contacts', null).watch();
    await settled();
    expect(asked).toHaveLength(2);
  });

  test('many notices while an answer is on its way make one more call, later', async () => {
    const { queries, asked, tell, waits } = mirror(() => []);
    queries.get('people.contacts', null).watch();
    for (const seq of [1, 2, 3, 4]) tell(seq, 'people');
    await settled();
    expect([asked.length, waits.length]).toEqual([1, 1]);
    waits[0]?.();
    await settled();
    expect(asked).toHaveLength(2);
  });

  test('a failure is a state with its code; a lost line does not wipe what is known', async () => {
    let error: CallError | null = null;
    const { queries, tell } = mirror(() => {
      if (error !== null) throw error;
      return [];
    });
    const query = queries.get('people.contacts', null);
    query.watch();
    await settled();
    error = new CallError('ipc/disconnected', '', true, undefined);
    tell(1, 'people');
    await settled();
    expect(query.store.getState().kind).toBe('ready');
    error = new CallError('vault/locked', 'x', false, 'L7');
    tell(2, 'people');
    await settled();
    expect(query.store.getState()).toEqual({
      kind: 'failed',
      failure: { code: 'vault/locked', detail: 'x', id: 'L7' },
    });
  });
});

describe('node list', () => {
  const total = 100_000;
  const question = { filter: {}, sort: 'id', descending: false } as const;
  const list = () => {
    const fake = fakeBridge((_channel, input) => {
      const { offset, limit } = input as { readonly offset: number; readonly limit: number };
      const items = Array.from({ length: limit }, (_, index) => ({ id: offset + index }));
      return { items, count: total, total, removedBy: {}, nextOffset: null };
    });
    return { ...fake, nodes: createNodeList(fake.bridge, question) };
  };

  test('G18 of 100,000 rows only the pages on screen are fetched, each once', async () => {
    const { nodes, asked } = list();
    nodes.ask(question);
    await settled();
    nodes.show(50_000, 50_030);
    nodes.show(50_001, 50_031);
    await settled();
    expect(asked.map(([, input]) => (input as { readonly offset: number }).offset)).toEqual([0, 50_000]);
    const { pages } = nodes.store.getState();
    expect([nodeAt(pages, 50_007), nodeAt(pages, 99_999)]).toEqual([{ id: 50_007 }, undefined]);
  });

  test('G19 scrolling through everything keeps a bounded number of pages', async () => {
    const { nodes } = list();
    nodes.ask(question);
    for (let row = 0; row < total; row += nodePageSize) {
      nodes.show(row, row);
      await settled();
    }
    expect(nodes.store.getState().pages.size).toBeLessThanOrEqual(41);
  });

  test('answers to an older question are dropped', async () => {
    const { nodes } = list();
    nodes.ask(question);
    nodes.ask({ ...question, filter: { status: 'up' } });
    await settled();
    expect(nodes.store.getState().question.filter).toEqual({ status: 'up' });
    expect(nodes.store.getState().pages.size).toBe(1);
  });
});
