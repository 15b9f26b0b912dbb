// How a guardian comes to be: words once, a card as often as asked, and never an identity over another.

import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { decodeCard } from '../../../../core/guardian-card.ts';
import { verifyPortable } from '../../../../core/keys.ts';
import { decodeRecord, parseBody } from '../../../../core/record.ts';
import type { Terminal } from '../../../../main/command-line/command.ts';
import { readArguments } from '../../../../main/guardian/arguments.ts';
import { foundGrid } from '../../../../main/guardian/found.ts';
import type { Machine } from '../../../../main/guardian/guardian-profile.ts';
import { initGuardian } from '../../../../main/guardian/init.ts';
import { MemoryKeychain } from '../memory-keychain.ts';

let folder: string;
let machine: Machine;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guardian-'));
  machine = {
    keychain: new MemoryKeychain(),
    binding: 'machine|1000',
    now: () => Date.UTC(2026, 0, 1),
    scryptCost: { N: 2 ** 10, r: 8, p: 1 },
  };
});

function terminal(secrets?: readonly string[]): Terminal & { readonly said: string[]; readonly advice: string[] } {
  const [said, advice]: [string[], string[]] = [[], []];
  const answers = [...(secrets ?? [])];
  return {
    said,
    advice,
    isInteractive: secrets !== undefined,
    say: (line) => void said.push(line),
    advise: (line) => void advice.push(line),
    askSecret: async () => answers.shift() ?? '',
    pause: async (line) => void advice.push(line),
    untilStopped: async () => {},
  };
}

const allowed = ['name', 'route', 'words-file', 'restore'] as const;
const seat = ['--name=Alice, Ghent', '--route=a.example:4222'];
const init = (name: string, screen: Terminal, ...args: readonly string[]): Promise<number> =>
  initGuardian(readArguments([`--profile=${join(folder, name)}`, ...args], allowed), screen, machine);

describe('init', () => {
  test('at a terminal shows 24 words once and then the card', async () => {
    const first = terminal([]);
    expect(await init('a', first, ...seat)).toBe(0);
    const words = first.said.slice(0, -1).join(' ').trim().split(/\s+/);
    expect(words).toHaveLength(24);
    const card = decodeCard(first.said.at(-1) ?? '', verifyPortable);
    expect(card.seat).toEqual({ name: 'Alice, Ghent', route: 'a.example:4222' });
    // Again: the same card, and no words any more.
    const again = terminal([]);
    expect(await init('a', again)).toBe(0);
    expect(again.said).toEqual([first.said.at(-1)]);
  });

  test('without a terminal puts the words into a new file of the owner alone, and never over one', async () => {
    const path = join(folder, 'words');
    await expect(init('a', terminal(), ...seat)).rejects.toThrow('--words-file');
    expect(await init('a', terminal(), ...seat, `--words-file=${path}`)).toBe(0);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readFile(path, 'utf8')).trim().split(' ')).toHaveLength(24);
    await expect(init('b', terminal(), ...seat, `--words-file=${path}`)).rejects.toThrow('EEXIST');
  });

  test('brings the owner back from the words, as a new guardian, and says so; with the vault, the same guardian', async () => {
    const path = join(folder, 'words');
    const first = terminal();
    await init('a', first, ...seat, `--words-file=${path}`);
    // The keychain of the old machine is gone.
    machine = { ...machine, keychain: new MemoryKeychain() };
    const ownerOf = (name: string): Promise<string> => readFile(join(folder, name, 'identity.json'), 'utf8');
    const second = terminal();
    await init('b', second, ...seat, `--restore=${path}`);
    expect(await ownerOf('b')).toBe(await ownerOf('a'));
    expect(second.said).not.toEqual(first.said);
    expect(second.advice.join()).toContain('new guardian key');
    const third = terminal();
    await init('a', third, `--restore=${path}`);
    expect(third.said).toEqual(first.said);
    expect(third.advice.join()).not.toContain('new guardian key');
  });

  test('where no secret store works asks for a passphrase twice, and leaves nothing behind when they differ', async () => {
    const keychain = new MemoryKeychain();
    keychain.trouble = 'keychain/unavailable';
    machine = { ...machine, keychain };
    const path = join(folder, 'words');
    await expect(
      init('a', terminal(['correct horse', 'another']), ...seat, `--words-file=${path}`),
    ).rejects.toMatchObject({ code: 'vault/wrong-passphrase' });
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await init('a', terminal(['correct horse', 'correct horse']), ...seat, `--words-file=${path}`)).toBe(0);
    await expect(init('a', terminal())).rejects.toMatchObject({ code: 'vault/passphrase-required' });
    expect(await init('a', terminal(['correct horse']))).toBe(0);
  });

  test('refuses a route that nobody could dial', async () => {
    await expect(init('a', terminal([]), '--name=A', '--route=nowhere')).rejects.toThrow('HOST:PORT');
  });
});

describe('found', () => {
  async function cards(count: number): Promise<readonly string[]> {
    const made: string[] = [];
    for (let place = 0; place < count; place++) {
      const screen = terminal([]);
      await init(`g${place}`, screen, `--name=g${place}`, `--route=host${place}:4222`);
      made.push(`--card=${screen.said.at(-1)}`);
    }
    return made;
  }
  const out = (): string => join(folder, 'genesis.3bot');
  const found = (...args: readonly string[]): Promise<number> =>
    foundGrid(
      readArguments(
        [`--profile=${join(folder, 'g0')}`, `--out=${out()}`, ...args],
        ['name', 'card', 'allocate', 'out'],
      ),
      terminal([]),
      machine,
    );

  test('makes one genesis with guardians, seats and money in the order that was given', async () => {
    const given = await cards(4);
    const address = `G${'A'.repeat(55)}`;
    await expect(found('--name=ghent', ...given, `--allocate=${address}:1`)).rejects.toMatchObject({
      code: 'key/bad-address',
    });
    expect(await found('--name=ghent', ...given)).toBe(0);
    const record = decodeRecord(new Uint8Array(await readFile(out())));
    expect(verifyPortable(record.signature, record.signedBytes, record.author)).toBe(true);
    const { kind, body } = parseBody(record);
    expect(kind).toBe('genesis');
    expect(body).toMatchObject({
      name: 'ghent',
      guardians: given.map((line) => decodeCard(line.slice('--card='.length), verifyPortable).guardian),
      seats: [0, 1, 2, 3].map((place) => ({ name: `g${place}`, route: `host${place}:4222` })),
    });
  });

  test('refuses two guardians, one card twice, and a file that is there', async () => {
    const given = await cards(3);
    await expect(found('--name=x', ...given.slice(0, 2))).rejects.toMatchObject({ code: 'guardian/bad-count' });
    await expect(found('--name=x', ...given.slice(0, 2), String(given[0]))).rejects.toThrow('each card once');
    await writeFile(out(), 'something else');
    await expect(found('--name=x', ...given)).rejects.toThrow('EEXIST');
  });
});

test('an option of another part is refused, not ignored', () => {
  expect(() => readArguments(['--genesis=x'], ['name'])).toThrow('--genesis has no meaning here');
  expect(() => readArguments(['--passphrase=secret'], ['name'])).toThrow(TypeError);
});
