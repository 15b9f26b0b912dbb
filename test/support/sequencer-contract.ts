// What every sequencer must keep, whatever it is made of. Each test gets hosts of its own from `setUp`.

import { afterEach, expect, test } from 'vitest';
import type { Sequencer, SequencerHost, SequencerPeers, StreamMessage } from '../../bcdb/guardian/sequencer-api.ts';
import { until } from './bcdb-replicas.ts';

export type ContractSetting = {
  /** One for each guardian, in the order of `peers`. */
  readonly hosts: readonly SequencerHost[];
  readonly peers: SequencerPeers;
  end(): Promise<void>;
};

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = ({ bytes }: StreamMessage): string => new TextDecoder().decode(bytes);

/** Collects what a sequencer hands over. */
export function collect(sequencer: Sequencer, from = 1) {
  const texts: string[] = [];
  const positions: number[] = [];
  const gone: number[] = [];
  const stop = sequencer.read(
    from,
    (message) => {
      texts.push(textOf(message));
      positions.push(message.position);
    },
    (first) => gone.push(first),
  );
  return { texts, positions, gone, stop };
}

/** Registers the tests of the contract in the present suite. */
export function sequencerContract(setUp: () => Promise<ContractSetting>): void {
  let setting: ContractSetting | undefined;
  afterEach(async () => {
    await setting?.end();
    setting = undefined;
  });

  async function openAll(epoch: number): Promise<readonly Sequencer[]> {
    setting ??= await setUp();
    const { hosts, peers } = setting;
    const opened = await Promise.all(hosts.map((host) => host.open(epoch, peers)));
    // New servers may fail to agree on a leader; then they are started anew.
    await until('all are ready', () => hosts.every((host) => host.state().name === 'ready'), 75_000);
    return opened;
  }
  const first = (all: readonly Sequencer[]): Sequencer => {
    const [one] = all;
    if (one === undefined) throw new Error('no sequencer');
    return one;
  };

  test('hands every message to every guardian, in one order, from position 1 without a gap', async () => {
    const all = await openAll(0);
    const readers = all.map((each) => collect(each));
    const count = 20 * all.length;
    const positions = await Promise.all(
      Array.from({ length: count }, (_, index) => all[index % all.length]?.publish(bytesOf(`message ${index}`))),
    );
    expect([...positions].sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: count }, (_, index) => index + 1),
    );
    await until('all was read', () => readers.every(({ texts }) => texts.length === count));
    for (const { texts, positions: seen } of readers) {
      expect(texts).toEqual(readers[0]?.texts);
      expect(seen).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    }
    // The position that `publish` told is where the message stands.
    expect(positions.map((position) => readers[0]?.texts[Number(position) - 1])).toEqual(
      Array.from({ length: count }, (_, index) => `message ${index}`),
    );
  });

  test('stores the same id once and answers with its first position, whoever publishes it', async () => {
    const all = await openAll(0);
    const positions: number[] = [];
    for (const each of all) positions.push(await each.publish(bytesOf('once'), 'the id'));
    positions.push(await first(all).publish(bytesOf('another'), 'another id'));
    expect(positions).toEqual([...all.map(() => 1), 2]);
    const { texts } = collect(first(all));
    await until('both were read', () => texts.length === 2);
    expect(texts).toEqual(['once', 'another']);
  });

  test('reads from any position, also from one that is still to come', async () => {
    const one = first(await openAll(0));
    for (const text of ['a', 'b', 'c']) await one.publish(bytesOf(text));
    const behind = collect(one, 2);
    const ahead = collect(one, 5);
    await one.publish(bytesOf('d'));
    await one.publish(bytesOf('e'));
    await until('both have read', () => behind.texts.length === 4 && ahead.texts.length === 1);
    expect(behind).toMatchObject({ texts: ['b', 'c', 'd', 'e'], positions: [2, 3, 4, 5], gone: [] });
    expect(ahead).toMatchObject({ texts: ['e'], positions: [5], gone: [] });
  });

  test('hands over one message at a time, and the same again when its handler fails', async () => {
    const one = first(await openAll(0));
    const log: string[] = [];
    let failures = 1;
    const stop = one.read(
      1,
      async (message) => {
        log.push(`begin ${textOf(message)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (textOf(message) === 'b' && failures-- > 0) throw new Error('cannot now');
        log.push(`end ${textOf(message)}`);
      },
      () => log.push('gone'),
    );
    for (const text of ['a', 'b', 'c']) await one.publish(bytesOf(text));
    await until('all were handled', () => log.includes('end c'));
    stop();
    expect(log).toEqual(['begin a', 'end a', 'begin b', 'begin b', 'end b', 'begin c', 'end c']);
  });

  test('hands over nothing after a reader was stopped', async () => {
    const one = first(await openAll(0));
    const stopped = collect(one);
    const other = collect(one);
    await one.publish(bytesOf('a'));
    await until('the first was read', () => stopped.texts.length === 1 && other.texts.length === 1);
    stopped.stop();
    await one.publish(bytesOf('b'));
    await until('the other read on', () => other.texts.length === 2);
    expect(stopped.texts).toEqual(['a']);
  });

  test('begins a new epoch with an empty stream, and closes the earlier one', async () => {
    const old = first(await openAll(0));
    await old.publish(bytesOf('of epoch 0'));
    const fresh = first(await openAll(1));
    expect([old.epoch, fresh.epoch]).toEqual([0, 1]);
    await expect(old.publish(bytesOf('late'))).rejects.toMatchObject({ code: 'guardian/sequencer-failed' });
    expect(await fresh.publish(bytesOf('of epoch 1'))).toBe(1);
    const { texts } = collect(fresh);
    await until('it was read', () => texts.length === 1);
    expect(texts).toEqual(['of epoch 1']);
  });

  test('keeps a message of five mebibytes, and refuses a longer one', async () => {
    const one = first(await openAll(0));
    const sizes: number[] = [];
    one.read(
      1,
      ({ bytes }) => void sizes.push(bytes.length),
      () => {},
    );
    await expect(one.publish(new Uint8Array(5 * 1024 * 1024 + 1))).rejects.toMatchObject({ code: 'net/too-large' });
    expect(await one.publish(new Uint8Array(5 * 1024 * 1024))).toBe(1);
    await until('it was read', () => sizes.length === 1);
    expect(sizes).toEqual([5 * 1024 * 1024]);
  });
}
