/** The vault against mistakes that cost people their identity (G8 - G12), with a keychain that misbehaves on command. */
import { cp, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../core/errors.ts';
import { accountSeed, publicKeyOf, wordsOf } from '../../../core/keys.ts';
import { KeychainHealth } from '../../../main/vault/keychain-health.ts';
import { Vault } from '../../../main/vault/vault.ts';
import { MemoryKeychain } from './memory-keychain.ts';

const words = wordsOf(new Uint8Array(32).fill(7));
const otherWords = wordsOf(new Uint8Array(32).fill(8));
const address = publicKeyOf(accountSeed(words));
const passphrase = 'correct horse';

let folder: string;
let keychain: MemoryKeychain;
let now: number;

const open = (changes: { readonly folder?: string; readonly binding?: string } = {}): Promise<Vault> =>
  Vault.open({
    folder,
    keychain,
    binding: 'machine|1000',
    now: () => now,
    scryptCost: { N: 2 ** 10, r: 8, p: 1 },
    ...changes,
  });

const code = (wanted: ErrorCode) => expect.objectContaining({ code: wanted });
const isUsable = (vault: Vault): boolean => vault.use('wallet', (seed) => seed.length === 32);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vault-'));
  keychain = new MemoryKeychain();
  now = Date.UTC(2026, 0, 1);
});

describe('an ordinary life', () => {
  it('creates, locks, reopens and unlocks with the keychain alone', async () => {
    const vault = await open();
    expect(vault.state).toEqual({ kind: 'empty' });
    await vault.create(words);
    expect(vault.state).toEqual({ kind: 'unlocked', protection: 'keychain' });
    expect(vault.use('wallet', publicKeyOf)).toEqual(address);
    const again = await open();
    expect(again.state).toEqual({ kind: 'locked', protection: 'keychain' });
    expect(again.publicKey('wallet')).toEqual(address);
    await again.unlock();
    expect(again.use('net', publicKeyOf)).toEqual(vault.use('net', publicKeyOf));
  });

  it('reveals the words only after the passphrase is asked again, even while unlocked', async () => {
    const vault = await open();
    await vault.create(words, passphrase);
    await expect(vault.revealWords()).rejects.toEqual(code('vault/passphrase-required'));
    await expect(vault.revealWords('wrong one')).rejects.toEqual(code('vault/wrong-passphrase'));
    expect(await vault.revealWords(passphrase)).toBe(words);
  });

  it('keeps its files to the owner and its secrets out of them', async () => {
    const vault = await open();
    await vault.create(words);
    const entropy = vault.use('entropy', (bytes) => Buffer.from(bytes).toString('hex'));
    for (const name of await readdir(folder)) {
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
      const text = await readFile(join(folder, name), 'utf8');
      expect(text).not.toContain(entropy);
      expect(text).not.toContain(Buffer.from(entropy, 'hex').toString('base64'));
    }
  });

  it('changes, sets and removes a passphrase', async () => {
    const vault = await open();
    await vault.create(words);
    await vault.changePassphrase(undefined, passphrase);
    expect(vault.state).toEqual({ kind: 'unlocked', protection: 'keychain+passphrase' });
    await expect(vault.changePassphrase('not this one', undefined)).rejects.toEqual(code('vault/wrong-passphrase'));
    await vault.changePassphrase(passphrase, 'another horse');
    const again = await open();
    await expect(again.unlock(passphrase)).rejects.toEqual(code('vault/wrong-passphrase'));
    await again.unlock('another horse');
    await again.changePassphrase('another horse', undefined);
    const last = await open();
    await last.unlock();
    expect(isUsable(last)).toBe(true);
  });

  it('waits longer after each wrong passphrase', async () => {
    const vault = await open();
    await vault.create(words, passphrase);
    vault.lock();
    for (let guess = 0; guess < 3; guess++)
      await expect(vault.unlock('wrong guess')).rejects.toEqual(code('vault/wrong-passphrase'));
    await expect(vault.unlock(passphrase)).rejects.toEqual(code('vault/wait'));
    now += 1000;
    await expect(vault.unlock('wrong guess')).rejects.toEqual(code('vault/wrong-passphrase'));
    now += 1999;
    await expect(vault.unlock(passphrase)).rejects.toEqual(code('vault/wait'));
    now += 1;
    await vault.unlock(passphrase);
    expect(isUsable(vault)).toBe(true);
  });

  it('refuses a passphrase that is too short', async () => {
    const vault = await open();
    await expect(vault.create(words, 'short')).rejects.toEqual(code('vault/weak-passphrase'));
    expect(vault.state).toEqual({ kind: 'empty' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('never prints a secret', async () => {
    const vault = await open();
    await vault.create(words);
    const printed = inspect(vault, { depth: 9, showHidden: true }) + JSON.stringify(vault);
    vault.use('wallet', (seed) => expect(printed).not.toContain(Buffer.from(seed).toString('hex')));
  });
});

describe('G8 a keychain that is empty, failing or locked never leads to a new identity', () => {
  const troubles = ['keychain/unavailable', 'keychain/locked', 'keychain/hung', 'keychain/denied', 'silent'] as const;

  it.each(troubles)('%s: repair, no creation, and the old identity after the trouble', async (trouble) => {
    await (await open()).create(words);
    const before = await readFile(join(folder, 'vault.json'), 'utf8');
    const vault = await open();
    keychain.trouble = trouble;
    const wanted = trouble === 'silent' ? 'keychain/empty' : trouble;
    await expect(vault.unlock()).rejects.toEqual(code(wanted));
    expect(vault.state).toEqual({ kind: 'repair', code: wanted });
    await expect(vault.create(otherWords, passphrase)).rejects.toEqual(code('vault/repair-needed'));
    await expect(vault.create(words, passphrase)).rejects.toEqual(code('vault/repair-needed'));
    await expect(vault.restore(otherWords, passphrase)).rejects.toEqual(code('vault/other-identity'));
    expect(() => isUsable(vault)).toThrow(code('vault/repair-needed'));
    expect(await readFile(join(folder, 'vault.json'), 'utf8')).toBe(before);
    keychain.trouble = undefined;
    await vault.unlock();
    expect(vault.use('wallet', publicKeyOf)).toEqual(address);
  });

  it('an emptied keychain is repaired by the words, and service keys come back too', async () => {
    const first = await open();
    await first.create(words);
    const guardian = first.publicKey('guardian');
    keychain.values.clear();
    const vault = await open();
    await expect(vault.unlock()).rejects.toEqual(code('keychain/empty'));
    await vault.restore(words);
    expect(vault.use('wallet', publicKeyOf)).toEqual(address);
    expect(vault.use('guardian', publicKeyOf)).toEqual(guardian);
    const again = await open();
    await again.unlock();
    expect(isUsable(again)).toBe(true);
  });

  it('a damaged vault is set aside with a date, stays pinned over restarts, and is repaired by its own words only', async () => {
    await (await open()).create(words);
    await writeFile(join(folder, 'vault.json'), '{"version":1,"id":');
    for (let start = 0; start < 2; start++) {
      const vault = await open();
      expect(vault.state).toEqual({ kind: 'repair', code: 'vault/damaged' });
      await expect(vault.create(otherWords)).rejects.toEqual(code('vault/repair-needed'));
      await expect(vault.restore(otherWords)).rejects.toEqual(code('vault/other-identity'));
    }
    expect(await readFile(join(folder, 'vault.json.damaged-2026-01-01T00-00-00.000Z'), 'utf8')).toBe(
      '{"version":1,"id":',
    );
    const vault = await open();
    await vault.restore(words);
    expect(vault.use('wallet', publicKeyOf)).toEqual(address);
  });

  it('a vault whose parts were exchanged does not open', async () => {
    await (await open()).create(words);
    const path = join(folder, 'vault.json');
    const file = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...file, sealed: { ...file.sealed, wallet: file.sealed.node } }));
    const vault = await open();
    await expect(vault.unlock()).rejects.toEqual(code('vault/damaged'));
    expect(vault.state).toEqual({ kind: 'repair', code: 'vault/damaged' });
  });

  it('creating twice is refused', async () => {
    const vault = await open();
    await vault.create(words);
    await expect(vault.create(otherWords)).rejects.toEqual(code('vault/exists'));
    await expect((await open()).create(otherWords)).rejects.toEqual(code('vault/exists'));
  });
});

describe('G9 a machine without a secret store', () => {
  it('says so, asks for a passphrase, and stores nothing without one', async () => {
    keychain.trouble = 'keychain/unavailable';
    const vault = await open();
    expect(await new KeychainHealth(keychain).look()).toEqual({ name: 'memory', code: 'keychain/unavailable' });
    await expect(vault.create(words)).rejects.toEqual(
      expect.objectContaining({ code: 'vault/passphrase-required', detail: 'keychain/unavailable' }),
    );
    expect(await readdir(folder)).toEqual([]);
    await vault.create(words, passphrase);
    expect(vault.state).toEqual({ kind: 'unlocked', protection: 'passphrase' });
    const again = await open();
    await expect(again.unlock()).rejects.toEqual(code('vault/passphrase-required'));
    await again.unlock(passphrase);
    expect(isUsable(again)).toBe(true);
    await expect(again.changePassphrase(passphrase, undefined)).rejects.toEqual(code('vault/passphrase-required'));
  });

  it('a store that forgets what it is told counts as none', async () => {
    keychain.write = async () => {};
    await expect((await open()).create(words)).rejects.toEqual(code('vault/passphrase-required'));
  });
});

describe('G10 a profile copied to another user or machine', () => {
  it('is unreadable there, even with the passphrase and the keychain, and the words move it', async () => {
    const original = await open();
    await original.create(words, passphrase);
    const copy = await mkdtemp(join(tmpdir(), 'vault-copy-'));
    await cp(folder, copy, { recursive: true });
    const vault = await open({ folder: copy, binding: 'machine|1001' });
    expect(vault.state).toEqual({ kind: 'repair', code: 'vault/other-machine' });
    await expect(vault.unlock(passphrase)).rejects.toEqual(code('vault/other-machine'));
    await expect(vault.create(otherWords)).rejects.toEqual(code('vault/repair-needed'));
    await vault.restore(words, passphrase);
    expect(vault.use('wallet', publicKeyOf)).toEqual(address);
    expect(vault.publicKey('node')).not.toEqual(original.publicKey('node'));
    await original.unlock(passphrase);
    expect(isUsable(original)).toBe(true);
  });

  it('does not open by pretending to be of this machine either', async () => {
    await (await open()).create(words, passphrase);
    const elsewhere = await open({ binding: 'other|1000' });
    await elsewhere.restore(words, passphrase);
    const salted = JSON.parse(await readFile(join(folder, 'vault.json'), 'utf8'));
    const mine = await mkdtemp(join(tmpdir(), 'vault-'));
    const here = await open({ folder: mine });
    await here.create(words, passphrase);
    const own = JSON.parse(await readFile(join(mine, 'vault.json'), 'utf8'));
    // The machine mark and its salt of this machine, the sealed data key of the other.
    await writeFile(join(folder, 'vault.json'), JSON.stringify({ ...salted, machine: own.machine, salt: own.salt }));
    const vault = await open();
    await expect(vault.unlock(passphrase)).rejects.toEqual(code('vault/wrong-passphrase'));
  });
});

describe('G11 after lock nothing signs and no key is held', () => {
  it('every secret is refused, and the data key is overwritten', async () => {
    const vault = await open();
    await vault.create(words, passphrase);
    vault.lock();
    for (const name of ['entropy', 'wallet', 'node', 'guardian', 'net'] as const) {
      expect(() => vault.use(name, () => 0)).toThrow(code('vault/locked'));
    }
    await expect(vault.unlock()).rejects.toEqual(code('vault/passphrase-required'));
    expect(vault.state).toEqual({ kind: 'locked', protection: 'keychain+passphrase' });
  });

  it('bytes handed to an action are wiped when it returns', async () => {
    const vault = await open();
    await vault.create(words);
    const kept = vault.use('wallet', (seed) => seed);
    expect(kept).toEqual(new Uint8Array(32));
  });

  it('a lock during an unlock wins', async () => {
    const vault = await open();
    await vault.create(words, passphrase);
    vault.lock();
    const unlocking = vault.unlock(passphrase);
    await new Promise((resolve) => setImmediate(resolve));
    vault.lock();
    await expect(unlocking).rejects.toEqual(code('vault/locked'));
    expect(() => isUsable(vault)).toThrow(code('vault/locked'));
  });
});

describe('G12 a passphrase is never remembered', () => {
  it('after a restart the keychain alone does not open a vault with a passphrase', async () => {
    const vault = await open();
    await vault.create(words, passphrase);
    expect([...keychain.values.keys()]).toHaveLength(1);
    const again = await open();
    await expect(again.unlock()).rejects.toEqual(code('vault/passphrase-required'));
    expect(() => isUsable(again)).toThrow(code('vault/locked'));
  });
});
