// What others can do to a window: pages of other origins beside it in the same browser, and peers who write strange texts.

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseTft } from '../../core/money.ts';
import { approveFinal, until } from '../../scripts/lib/threebot.ts';
import { needs } from '../support/needs.ts';
import { requestOf, untilArrived } from './packets.ts';
import { Stage, tellInSteps } from './stage.ts';

const soon = { timeout: 20_000 };
const shout = '<img src=x onerror=alert(1)><b>Bank</b>';
const hebrew = 'שלום, תורם';

needs('chromium')('a window among strangers', () => {
  let stage: Stage;
  let server: Server;
  let stranger: string;
  let address: Readonly<Record<string, string>>;
  tellInSteps(() => stage);

  beforeAll(async () => {
    stage = await Stage.open();
    address = await stage.gridOf('anna', 'mallory');
    server = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' });
      response.end('<!doctype html><link rel="icon" href="data:,"><title>Stranger</title>');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    stranger = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => server.close());

  it('G13 another origin in the same browser, with the session’s cookie at hand, gets nothing and is noted', async () => {
    const { context, page } = await stage.window('anna');
    const { origin, host } = new URL(page.url());
    const other = await context.newPage();
    await other.goto(stranger);
    const got = await other.evaluate(
      async ([home, socketAddress]) => {
        const fetched = await fetch(home, { credentials: 'include' }).then(
          () => 'answered',
          () => 'refused',
        );
        const socket = await new Promise((resolve) => {
          const line = new WebSocket(socketAddress);
          line.addEventListener('open', () => resolve('open'));
          line.addEventListener('error', () => resolve('refused'));
        });
        const frame = document.createElement('iframe');
        frame.src = home;
        document.body.append(frame);
        await new Promise((resolve) => frame.addEventListener('load', resolve));
        let framed = 'hidden';
        try {
          framed = frame.contentDocument?.title ?? 'hidden';
        } catch {
          framed = 'hidden';
        }
        return { fetched, socket, framed, inside: frame.contentWindow?.length };
      },
      [origin, `ws://${host}/ipc`] as const,
    );
    expect(got).toEqual({ fetched: 'refused', socket: 'refused', framed: 'hidden', inside: 0 });
    const frames = other.frames().filter((frame) => frame !== other.mainFrame());
    expect(frames.map((frame) => frame.url())).toEqual(['chrome-error://chromewebdata/']);
    await other.close();
    expect(readFileSync(join(stage.folder, 'anna/log/3bot.log'), 'utf8')).toContain('"socket-refused"');
  });

  it('G13 the page itself can hold no frame and run no script that is not its own', async () => {
    const { page } = await stage.window('anna', 'to be misused');
    const seen = await page.evaluate(async () => {
      const refused: string[] = [];
      document.addEventListener('securitypolicyviolation', (event) => refused.push(event.violatedDirective));
      const frame = document.createElement('iframe');
      frame.src = location.origin;
      const script = document.createElement('script');
      script.textContent = 'window.misused = true';
      document.body.append(frame, script);
      await new Promise((resolve) => setTimeout(resolve, 500));
      return { refused: refused.toSorted(), misused: 'misused' in window };
    });
    expect(seen).toEqual({ refused: ['frame-src', 'script-src-elem'], misused: false });
    await expect(stage.closeWindow('anna', 'to be misused')).rejects.toThrow(/policy frame-src refused/);
  });

  it('G13 a used address opens nothing for anybody else', async () => {
    const address = await stage.bot('anna').newAddress();
    const first = await stage.browser.newContext();
    const second = await stage.browser.newContext();
    await (await first.newPage()).goto(address);
    const late = await second.newPage();
    expect((await late.goto(address))?.status()).toBe(403);
    await late.getByText('This address was used or is too old').waitFor();
    await first.close();
    await second.close();
  });

  it('G14 names, notes and titles with markup are shown as the letters they are', async () => {
    const mallory = stage.bot('mallory');
    const anna = address['anna'] ?? '';
    await approveFinal(mallory, await mallory.call('people.prepareProfile', { name: '<b>Bank</b>', roles: [] }));
    const gift = { to: address['mallory'] ?? '', amountStroops: parseTft('5') };
    await approveFinal(stage.bot('anna'), await stage.bot('anna').call('wallet.prepareSend', gift));
    for (const memo of [shout, hebrew]) {
      await until('the money to be there', async () => (await mallory.call('wallet.account', null)).balance > 0n);
      const transfer = { to: anna, amountStroops: parseTft('1'), memo };
      await approveFinal(mallory, await mallory.call('wallet.prepareSend', transfer));
    }
    const request = await requestOf(mallory, { title: shout, signers: [anna], isSent: true });
    await untilArrived(stage.bot('anna'), request);

    const { page, app } = await stage.window('anna');
    const boxes: string[] = [];
    page.on('dialog', (dialog) => {
      boxes.push(dialog.message());
      void dialog.dismiss();
    });
    await app.frame.go('Wallet');
    await page.getByText(`“${shout}”`).waitFor();
    await expect.poll(() => page.locator('bdi', { hasText: hebrew }).count(), soon).toBe(1);
    await app.frame.go('Co-sign');
    await app.cosign.open(`Start ${shout}, waits for you`);
    await app.cosign.review();
    const fences = app.review.sheet().getByRole('figure', { name: 'Text by a peer' });
    expect(await fences.first().innerText()).toContain(shout);
    await app.review.cancel();
    await app.frame.go('Wallet');
    await app.wallet.findPerson('Bank');
    await page.getByText('calls itself “<b>Bank</b>”').waitFor();
    expect(await page.locator('main img, main b, [role=dialog] img, [role=dialog] b').count()).toBe(0);
    expect(boxes).toEqual([]);
  });

  it('G14 text that hides or turns what is shown never gets that far', async () => {
    const mallory = stage.bot('mallory');
    for (const name of ['Ba\u202eknab', 'Ba\u200bnk', 'Bank\u0000', 'x'.repeat(41)]) {
      await expect(mallory.call('people.prepareProfile', { name, roles: [] })).rejects.toMatchObject({
        code: 'ipc/bad-input',
      });
    }
    const transfer = { to: address['anna'] ?? '', amountStroops: 1n, memo: 'pay\u200bpal' };
    await expect(mallory.call('wallet.prepareSend', transfer)).rejects.toMatchObject({
      code: expect.stringMatching(/^(ipc\/bad-input|record\/malformed|money\/.*)$/),
    });
    await expect(requestOf(mallory, { title: 'a\u202eb', signers: [], isSent: false })).rejects.toMatchObject({
      code: 'contract/malformed',
    });
  });
});
