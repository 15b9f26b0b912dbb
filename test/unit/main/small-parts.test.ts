/** The small parts of main, each alone: options, state files, words on their way, contacts, gathered changes, turns. */
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { beforeEach, describe, expect, it } from 'vitest';
import { entropyOf } from '../../../core/keys.ts';
import { createChanges } from '../../../main/changes.ts';
import { hostWords, mayUseElectron } from '../../../main/host/choice.ts';
import { NewWords } from '../../../main/identity/new-words.ts';
import { createTurns } from '../../../main/in-turn.ts';
import { defaultProfile, readOptions } from '../../../main/options.ts';
import { Contacts } from '../../../main/people/contacts.ts';
import { openStateFile } from '../../../main/state-file.ts';

let folder: string;
let damaged: string[];
const onDamaged = (path: string): void => {
  damaged.push(path);
};
const now = (): number => Date.UTC(2026, 0, 1);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parts-'));
  damaged = [];
});

describe('the host of a start', () => {
  const words = (args: readonly string[], electron: 'here' | 'fetched' | undefined) =>
    hostWords(readOptions(args, {}), electron);

  it('is named with the reason', () => {
    expect(words([], 'here')).toBe('Electron (its binary is here)');
    expect(words([], 'fetched')).toBe('Electron (its binary was fetched)');
    expect(words(['--host=electron'], 'here')).toBe('Electron (asked for)');
    expect(words([], undefined)).toBe('browser host (no Electron binary here)');
    expect(words(['--host=browser'], 'here')).toBe('browser host (asked for)');
    expect(words(['--headless'], 'here')).toBe('browser host (headless)');
  });

  it('looks for Electron only where it may be used', () => {
    const may = (...args: readonly string[]) => mayUseElectron(readOptions(args, {}));
    expect([may(), may('--host=electron'), may('--host=browser'), may('--headless')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('options', () => {
  it('without arguments: any host, a window, the default profile', () => {
    expect(readOptions([], { XDG_DATA_HOME: '/data' })).toEqual({
      host: undefined,
      isHeadless: false,
      profile: defaultProfile(process.platform, { XDG_DATA_HOME: '/data' }, homedir()),
      port: 0,
      passphraseFd: undefined,
      isHelp: false,
    });
  });

  it('reads each option', () => {
    const args = ['--host=browser', '--headless', '--profile=/p', '--port=8080', '--passphrase-fd=3'];
    expect(readOptions(args, {})).toEqual({
      host: 'browser',
      isHeadless: true,
      profile: '/p',
      port: 8080,
      passphraseFd: 3,
      isHelp: false,
    });
  });

  it.each([
    ['--host=cat'],
    ['--port=70000'],
    ['--port=-1'],
    ['--port=1e3'],
    ['--passphrase-fd=x'],
    ['--passphrase=secret'],
    ['word'],
  ])('refuses %s', (arg) => {
    expect(() => readOptions([arg], {})).toThrow(/--|positional/);
  });

  it('knows where profiles live', () => {
    expect(defaultProfile('linux', {}, '/home/a')).toBe('/home/a/.local/share/3bot');
    expect(defaultProfile('darwin', {}, '/Users/a')).toBe('/Users/a/Library/Application Support/3bot');
    expect(defaultProfile('win32', { APPDATA: '/r' }, '/u')).toBe('/r/3bot');
  });
});

describe('state files', () => {
  const open = () =>
    openStateFile({
      path: join(folder, 'state.json'),
      version: 1,
      schema: v.strictObject({ count: v.number() }),
      initial: { count: 0 },
      now,
      onDamaged,
    });

  it('starts from the initial state, and keeps what was saved, for its owner alone', async () => {
    const file = await open();
    expect(file.value).toEqual({ count: 0 });
    await file.save({ count: 5 });
    expect((await open()).value).toEqual({ count: 5 });
    expect((await stat(join(folder, 'state.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('many saves at once all succeed, and the last one stands', async () => {
    const file = await open();
    await Promise.all(Array.from({ length: 20 }, (_, count) => file.save({ count })));
    expect(file.value).toEqual({ count: 19 });
    expect((await open()).value).toEqual({ count: 19 });
  });

  it.each([
    ['no JSON', '{"version":1,'],
    ['another shape', '{"version":1,"state":{"count":"five"}}'],
    ['a future version', '{"version":2,"state":{"count":5}}'],
    ['nothing', ''],
  ])('%s: set aside with a date, told, never overwritten', async (_name, text) => {
    await writeFile(join(folder, 'state.json'), text);
    expect((await open()).value).toEqual({ count: 0 });
    const aside = join(folder, 'state.json.damaged-2026-01-01T00-00-00.000Z');
    expect(damaged).toEqual([aside]);
    expect(await readFile(aside, 'utf8')).toBe(text);
  });
});

describe('new words', () => {
  it('are 24 good ones, asked back at three places, and forgotten when they are done', () => {
    const newWords = new NewWords();
    const { words, ask } = newWords.make();
    expect(entropyOf(words.join(' '))).toHaveLength(32);
    expect(new Set(ask).size).toBe(3);
    expect(ask).toEqual(ask.toSorted((a, b) => a - b));
    const answers = ask.map((index) => words[index] ?? '');
    for (const wrong of [[], answers.slice(1), answers.toReversed(), ['x', 'y', 'z'], [...answers, 'more']]) {
      expect(() => newWords.confirm(wrong)).toThrow(expect.objectContaining({ code: 'key/bad-words' }));
    }
    expect(newWords.confirm(answers.map((word) => ` ${word.toUpperCase()} `))).toBe(words.join(' '));
    newWords.forget();
    expect(() => newWords.confirm(answers)).toThrow(expect.objectContaining({ code: 'key/bad-words' }));
  });

  it('are others each time', () => {
    const newWords = new NewWords();
    expect(newWords.make().words).not.toEqual(newWords.make().words);
  });
});

describe('contacts', () => {
  it('are the own names for keys, one each, and survive a restart', async () => {
    const contacts = await Contacts.open(folder, now, onDamaged);
    const [a, b] = [`G${'A'.repeat(55)}`, `G${'B'.repeat(55)}`];
    await Promise.all([contacts.save({ address: b, name: 'Bert' }), contacts.save({ address: a, name: 'Anna' })]);
    await contacts.save({ address: b, name: 'Albert' });
    expect(contacts.nameOf(b)).toBe('Albert');
    const again = await Contacts.open(folder, now, onDamaged);
    expect(again.all()).toEqual([
      { address: b, name: 'Albert' },
      { address: a, name: 'Anna' },
    ]);
    await again.remove(a);
    expect((await Contacts.open(folder, now, onDamaged)).all()).toEqual([{ address: b, name: 'Albert' }]);
    expect(again.nameOf(a)).toBeUndefined();
  });
});

describe('changes', () => {
  it('a burst is one event; numbers grow by one', async () => {
    const changes = createChanges(5);
    const events: unknown[] = [];
    const stop = changes.on((event) => events.push(event));
    changes.mark('wallet');
    changes.mark('wallet', 'desk');
    changes.markHead({ height: 7, timeMs: 9 });
    await new Promise((resolve) => setTimeout(resolve, 30));
    changes.mark('app');
    await new Promise((resolve) => setTimeout(resolve, 30));
    stop();
    changes.mark('farm');
    await new Promise((resolve) => setTimeout(resolve, 30));
    const head = { height: 7, timeMs: 9 };
    expect(events).toEqual([
      { seq: 1, topics: ['wallet', 'desk', 'grid', 'capacity', 'contracts', 'farm'], head },
      { seq: 2, topics: ['app'], head },
    ]);
  });
});

it('turns run one after the other, and a failure stops nobody', async () => {
  const inTurn = createTurns();
  const order: string[] = [];
  const slow = inTurn(async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    order.push('slow');
  });
  const failing = inTurn(async () => {
    order.push('failing');
    throw new Error('no');
  });
  const last = inTurn(async () => order.push('last'));
  await expect(failing).rejects.toThrow('no');
  await Promise.all([slow, last]);
  expect(order).toEqual(['slow', 'failing', 'last']);
});
