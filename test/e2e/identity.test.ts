// Who I am, through the window: locking locks the key and not only the window, and 24 words bring the same person back.

import { validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { beforeAll, expect, it } from 'vitest';
import { parseTft } from '../../core/money.ts';
import { needs } from '../support/needs.ts';
import { passphrase, Stage, tellInSteps } from './stage.ts';

const soon = { timeout: 20_000 };
const secret = 'four unrelated quiet words';

/** The words, so many of the first ones last that the checksum fails, which one order in 256 happens to fit. */
function wrongOrder(words: readonly string[]): string {
  const orders = words.map((_, begin) => [...words.slice(begin), ...words.slice(0, begin)].join(' '));
  const found = orders.find((order) => !validateMnemonic(order, wordlist));
  if (found === undefined) throw new Error('every order of these words has a right checksum');
  return found;
}

needs('chromium')('an identity in the window', () => {
  let stage: Stage;
  let words: readonly string[];
  tellInSteps(() => stage);

  beforeAll(async () => {
    stage = await Stage.open();
    await Promise.all([stage.gridOf('anna'), stage.start('anna-again')]);
  });

  it('G11 after a lock nothing can be signed, not even what was prepared before', async () => {
    const bot = stage.bot('anna');
    const { page, app } = await stage.window('anna');
    await app.frame.go('Settings');
    const { hasPassphrase } = await bot.call('identity.state', null);
    if (hasPassphrase) await bot.call('identity.changePassphrase', { current: passphrase, next: secret });
    else await app.settings.setPassphrase(secret);
    const { address } = await bot.call('identity.state', null);
    const transfer = { to: address ?? '', amountStroops: parseTft('1') };
    const review = await bot.call('wallet.prepareSend', transfer);
    await app.frame.lock();
    await expect(bot.call('review.approve', { id: review.id, digest: review.digest })).rejects.toMatchObject({
      code: 'vault/locked',
    });
    await expect(bot.call('identity.revealWords', {})).rejects.toMatchObject({
      code: expect.stringMatching(/^vault\//),
    });
    expect(await page.getByRole('navigation', { name: 'Main' }).count()).toBe(0);
  });

  it('a wrong passphrase is told, the right one opens', async () => {
    const { page, app } = await stage.window('anna');
    await app.frame.unlock('four unrelated loud words');
    await page.getByRole('alert').getByText('That is not the passphrase.').waitFor();
    await app.frame.unlock(secret);
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    await app.frame.go('Wallet');
    await expect.poll(() => app.wallet.balance(), soon).toBe('1000');
  });

  it('the words can be seen once more, behind the passphrase', async () => {
    const { app } = await stage.window('anna');
    await app.frame.go('Settings');
    words = await app.settings.revealWords(secret);
    expect(words).toHaveLength(24);
  });

  it('words in the wrong order say so, and nothing is made of them', async () => {
    const { page, app } = await stage.window('anna-again');
    await app.firstRun.restore(wrongOrder(words), 'anna', passphrase);
    await page.getByRole('alert').getByText('These are not 24 correct words').waitFor();
    expect((await stage.bot('anna-again').call('identity.state', null)).state).toBe('empty');
  });

  it('the right words give the same address, and the grid gives the same money', async () => {
    const { app } = await stage.window('anna-again');
    await app.firstRun.restore(words.join(' '), 'anna', passphrase);
    const { text } = await stage.bot('anna').call('grid.invitation', null);
    await app.firstRun.join(text);
    await expect.poll(() => app.wallet.balance(), soon).toBe('1000');
    const { address } = await stage.bot('anna').call('identity.state', null);
    expect(await app.wallet.address()).toBe(address);
  });
});
