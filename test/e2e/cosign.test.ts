// Co-sign requests that come at any time: while the window is open, closed or locked, and with two windows.

import { beforeAll, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { requestOf, untilArrived } from './packets.ts';
import { passphrase, Stage, tellInSteps } from './stage.ts';

const soon = { timeout: 20_000 };

needs('chromium')('co-sign requests in the window', () => {
  let stage: Stage;
  let signers: readonly string[];
  tellInSteps(() => stage);

  beforeAll(async () => {
    stage = await Stage.open();
    const { anna = '' } = await stage.gridOf('bernd', 'anna');
    signers = [anna];
  });

  const send = async (title: string): Promise<void> => {
    const id = await requestOf(stage.bot('bernd'), { title, signers, isSent: true });
    await untilArrived(stage.bot('anna'), id);
  };

  it('G22 a request that came while no window was open is seen once when one opens', async () => {
    await send('While closed');
    const { app } = await stage.window('anna');
    await expect.poll(() => app.frame.waiting(), soon).toBe(1);
    await app.frame.go('Co-sign');
    expect(await app.cosign.rows('Start While closed, waits for you').count()).toBe(1);
  });

  it('G22 one that comes while the window is open shows up by itself', async () => {
    const { app } = await stage.window('anna');
    await send('While open');
    await expect.poll(() => app.frame.waiting(), soon).toBe(2);
    expect(await app.cosign.rows('Start While open, waits for you').count()).toBe(1);
  });

  it('G22 one that comes while locked is seen once after the unlock', async () => {
    const { app } = await stage.window('anna');
    const { hasPassphrase } = await stage.bot('anna').call('identity.state', null);
    await app.frame.lock();
    await send('While locked');
    await app.frame.unlock(hasPassphrase ? passphrase : undefined);
    await expect.poll(() => app.frame.waiting(), soon).toBe(3);
    expect(await app.cosign.rows('Start While locked, waits for you').count()).toBe(1);
  });

  it('G22 with two windows both show it, and what is decided in one is seen in the other', async () => {
    const first = await stage.window('anna');
    const second = await stage.window('anna', 'second');
    await second.app.frame.go('Co-sign');
    await send('For two windows');
    for (const { app } of [first, second]) {
      await expect.poll(() => app.frame.waiting(), soon).toBe(4);
      expect(await app.cosign.rows('Start For two windows, waits for you').count()).toBe(1);
    }
    await second.app.cosign.open('Start For two windows, waits for you');
    await second.app.cosign.review();
    await second.app.review.sign(/^Agree to lock/);
    for (const { app } of [first, second]) await expect.poll(() => app.frame.waiting(), soon).toBe(3);
    await first.app.cosign.rows('Start For two windows, Collecting signatures').waitFor();
  });

  it('a reason to decline reaches the other side as the words of whoever wrote them', async () => {
    const { app, page } = await stage.window('anna');
    await app.cosign.open('Start While open, waits for you');
    await app.cosign.decline('Too dear for me');
    await expect.poll(() => app.frame.waiting(), soon).toBe(2);
    await page.getByText('Declined', { exact: true }).first().waitFor();
    const other = await stage.window('bernd');
    await other.app.frame.go('Co-sign');
    await other.app.cosign.rows('Start While open, Declined').waitFor();
  });
});
