/**
 * 3bots as real processes through the IPC contract: an identity over restarts, one grid of two, what a lock stops, one
 * process a profile. Passphrases instead of a keychain, so that no person's keyring is touched.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTft } from '../../core/money.ts';
import { root } from '../../scripts/lib/node.mjs';
import { approve, approveFinal, startThreebot, type Threebot, until } from '../../scripts/lib/threebot.ts';

const passphrase = 'correct horse battery staple';
const run = promisify(execFile);

/** An environment without any session bus: the keychain is honestly absent. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'DBUS_SESSION_BUS_ADDRESS'));

let folder: string;
const bots: Threebot[] = [];

const start = async (name: string): Promise<Threebot> => {
  const bot = await startThreebot({ name, profile: join(folder, name), env: { ...env, XDG_RUNTIME_DIR: folder } });
  bots.push(bot);
  return bot;
};

/** A 3bot with an identity; returns its words too. */
const born = async (
  name: string,
): Promise<{ readonly bot: Threebot; readonly words: readonly string[]; readonly address: string }> => {
  const bot = await start(name);
  const { words, ask } = await bot.call('identity.newWords', null);
  const answers = ask.map((index) => words[index] ?? '');
  const { address } = await bot.call('identity.create', { name, answers, passphrase });
  if (address === null) throw new Error('no address');
  return { bot, words, address };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'main-life-'));
});

afterAll(async () => {
  await Promise.all(bots.map((bot) => bot.stop()));
  await rm(folder, { recursive: true, force: true });
});

describe('an identity over restarts', () => {
  it('is locked after a restart, opens with its passphrase, and nothing makes another in its place', async () => {
    const { bot, words, address } = await born('anna');
    await bot.stop();
    const again = await start('anna');
    expect(await again.call('identity.state', null)).toMatchObject({
      state: 'locked',
      address,
      name: 'anna',
      hasPassphrase: true,
    });
    await expect(again.call('identity.newWords', null)).rejects.toMatchObject({ code: 'vault/exists' });
    await expect(again.call('identity.unlock', {})).rejects.toMatchObject({ code: 'vault/passphrase-required' });
    await expect(again.call('identity.unlock', { passphrase: 'not this' })).rejects.toMatchObject({
      code: 'vault/wrong-passphrase',
    });
    expect((await again.call('identity.unlock', { passphrase })).state).toBe('unlocked');
    expect((await again.call('identity.revealWords', { passphrase })).words).toEqual(words);
    await again.stop();
    const text = await readFile(join(folder, 'anna', 'log', '3bot.log'), 'utf8');
    for (const secret of [passphrase, words.join(' '), 'not this']) expect(text).not.toContain(secret);
  });

  it('a headless start takes the passphrase from a descriptor, never from an argument', async () => {
    const profile = join(folder, 'anna');
    const child = spawn(
      process.execPath,
      ['main/entry-start.ts', '--headless', `--profile=${profile}`, '--passphrase-fd=3'],
      { cwd: root, env, stdio: ['pipe', 'pipe', 'inherit', 'pipe'] },
    );
    const pipe = child.stdio[3];
    if (pipe === null || pipe === undefined || !('end' in pipe)) throw new Error('no pipe');
    pipe.end(`${passphrase}\n`);
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      said += piece;
    });
    await until('the address', async () => /open http:\/\/127\.0\.0\.1:\d+\/\?ticket=/.test(said));
    expect(said).toContain('browser host (headless)');

    // A second start on the same profile finds the first one, prints its address and leaves.
    const second = await run(process.execPath, ['main/entry-start.ts', '--headless', `--profile=${profile}`], {
      cwd: root,
      env,
    });
    const { port } = new URL(/http:\S+/.exec(said)?.[0] ?? '');
    expect(second.stdout).toContain('already runs');
    expect(second.stdout).toContain(`http://127.0.0.1:${port}/?ticket=`);
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(await readdir(profile)).not.toContain('3bot.sock');
  });

  it('bad options are named, and nothing starts', async () => {
    for (const option of ['--host=cat', '--port=banana', '--no-such']) {
      const failed = await run(process.execPath, ['main/entry-start.ts', option], { cwd: root, env }).then(
        () => undefined,
        (error: { code: number; stderr: string }) => error,
      );
      expect(failed?.code).toBe(1);
      expect(failed?.stderr).toMatch(/^3Bot did not start: /);
    }
  });
});

describe('a grid of two', () => {
  let guardian: Awaited<ReturnType<typeof born>>;
  let member: Awaited<ReturnType<typeof born>>;

  beforeAll(async () => {
    guardian = await born('guardian');
    member = await born('member');
    const { bot, address } = guardian;
    await bot.call('grid.create', { name: 'Two', allocations: [{ address, amountStroops: parseTft('100') }] });
    const { text } = await bot.call('grid.invitation', null);
    await member.bot.call('grid.join', { invitation: text });
  });

  const send = async (tft: string) =>
    guardian.bot.call('wallet.prepareSend', { to: member.address, amountStroops: parseTft(tft) });

  it('each publishes how it is reached, by the name that its owner chose', async () => {
    const found = await until('both profiles', async () => {
      const all = await member.bot.call('people.search', { search: '' });
      const named = await Promise.all(
        ['guardian', 'member'].map((search) => member.bot.call('people.search', { search })),
      );
      return named.every((list) => list.length === 1) && { all, named };
    });
    expect(found.named.flat().map(({ address, name }) => ({ address, name }))).toEqual([
      { address: guardian.address, name: 'guardian' },
      { address: member.address, name: 'member' },
    ]);
  });

  it('G3 another digest than the one shown is refused, and a review is good once', async () => {
    const review = await send('1');
    const other = await send('2');
    await expect(guardian.bot.call('review.approve', { id: review.id, digest: other.digest })).rejects.toMatchObject({
      code: 'review/digest-mismatch',
    });
    await approveFinal(guardian.bot, review);
    await expect(approve(guardian.bot, review)).rejects.toMatchObject({ code: 'review/unknown' });
    // The other one was made before this record: it would break the chain.
    await expect(approve(guardian.bot, other)).rejects.toMatchObject({ code: 'review/stale' });
    await until('the money', async () => (await member.bot.call('wallet.account', null)).balance === parseTft('1'));
  });

  it('G11 after lock nothing signs, on any path; reading and finality go on; an unlock signs again', async () => {
    const review = await send('3');
    expect((await guardian.bot.call('identity.lock', null)).state).toBe('locked');
    await expect(approve(guardian.bot, review)).rejects.toMatchObject({ code: 'vault/locked' });
    await expect(guardian.bot.call('identity.revealWords', {})).rejects.toMatchObject({
      code: 'vault/passphrase-required',
    });
    // Already the transport's proof inside a profile is a signature.
    await expect(guardian.bot.call('people.prepareProfile', { name: 'locked', roles: [] })).rejects.toMatchObject({
      code: 'vault/locked',
    });
    const farm = await guardian.bot.call('farm.prepareFarm', {
      name: 'F',
      place: { country: 'BE', city: 'Gent' },
      prices: { cuHourStroops: 1n, suHourStroops: 1n },
      accept: { auto: true, minTermSeconds: 0 },
    });
    await expect(approve(guardian.bot, farm)).rejects.toMatchObject({ code: 'vault/locked' });
    // The guardian's own key works in its own place: the grid goes on for the others.
    const back = await member.bot.call('wallet.prepareSend', { to: guardian.address, amountStroops: parseTft('0.5') });
    await approveFinal(member.bot, back);
    expect((await guardian.bot.call('wallet.account', null)).balance).toBe(parseTft('99.5'));
    await guardian.bot.call('identity.unlock', { passphrase });
    await approveFinal(guardian.bot, review);
    expect((await guardian.bot.call('wallet.account', null)).balance).toBe(parseTft('96.5'));
  });

  it('a receipt leads from the genesis to a later head, and verifies with no app and no network', async () => {
    const first = await approveFinal(guardian.bot, await send('1'));
    // Its block is not the newest one any more.
    await approveFinal(guardian.bot, await send('1'));
    const { head } = (await guardian.bot.call('grid.state', null)) ?? {};
    await until('the member to be level', async () => {
      const theirs = (await member.bot.call('grid.state', null))?.head;
      return (theirs?.height ?? -1) >= (head?.height ?? 0);
    });
    const { fileName, bytes } = await member.bot.call('grid.receipt', { record: first });
    expect(fileName).toBe(`record-${first.slice(0, 12)}.receipt`);
    const file = join(folder, fileName);
    await writeFile(file, bytes);
    const verify = ['scripts/verify-receipt.mjs', file, `--grid=${head?.grid}`, '--json'];
    const verified = spawnSync(process.execPath, verify, { cwd: root, encoding: 'utf8' });
    const said = JSON.parse(verified.stdout) as Record<string, string>;
    expect(said).toMatchObject({ holds: true, record: first, kind: 'transfer', verdict: 'ok' });
    expect(Number(/^height (\d+) /.exec(said['head'] ?? '')?.[1])).toBeGreaterThan(Number(said['height']));
    expect(verified.status).toBe(0);
    await expect(member.bot.call('grid.receipt', { record: 'ab'.repeat(32) })).rejects.toMatchObject({
      code: 'replica/not-found',
    });
    // Nobody said two things here.
    await expect(member.bot.call('grid.proof', { position: 1 })).rejects.toMatchObject({ code: 'replica/not-found' });
  });

  it('says what it holds on the disk, and what a guardian must hold', async () => {
    const [held, must] = await Promise.all([
      member.bot.call('grid.storage', null),
      guardian.bot.call('grid.storage', null),
    ]);
    expect(held).toMatchObject({ holds: 'archive', mustBeArchive: false, automatic: 'archive' });
    expect(must).toMatchObject({ holds: 'archive', mustBeArchive: true });
    expect(held?.recordCount).toBeGreaterThan(2);
    expect(held?.bytes).toBeGreaterThan(100_000);
    expect(held?.freeBytes).toBeGreaterThan(0);
    expect(await (await start('newcomer')).call('grid.storage', null)).toBeNull();
  });

  it('a second grid is refused, and a bad invitation leaves no trace', async () => {
    await expect(guardian.bot.call('grid.create', { name: 'Other', allocations: [] })).rejects.toMatchObject({
      code: 'grid/exists',
    });
    const { bot } = await born('stranger');
    await expect(bot.call('grid.join', { invitation: '3bot-grid:nonsense' })).rejects.toMatchObject({
      code: 'grid/bad-invitation',
    });
    expect(await bot.call('grid.state', null)).toBeNull();
    await bot.call('grid.create', { name: 'Own', allocations: [] });
    expect((await bot.call('grid.state', null))?.isGuardian).toBe(true);
  });

  it('after a kill -9 of the guardian everything acknowledged is there, and the member follows again', async () => {
    const review = await send('5');
    await approveFinal(guardian.bot, review);
    guardian.bot.process.kill('SIGKILL');
    await once(guardian.bot.process, 'exit');
    const bot = await start('guardian');
    expect(await bot.call('grid.state', null)).toMatchObject({ state: 'stopped' });
    await expect(bot.call('wallet.account', null)).rejects.toMatchObject({ code: 'vault/locked' });
    await bot.call('identity.unlock', { passphrase });
    const account = await until('the grid', () => bot.call('wallet.account', null));
    expect(account.balance).toBe(parseTft('89.5'));
    await approveFinal(bot, await bot.call('wallet.prepareSend', { to: member.address, amountStroops: parseTft('1') }));
    await until(
      'the member to follow',
      async () => (await member.bot.call('wallet.account', null)).balance === parseTft('11.5'),
    );
  });
});
