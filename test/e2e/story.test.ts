// The whole story through the real window: four 3bots, each with its process, its profile and its window, from 24 words to a
// paid, running, ended and proven contract. Everything is done by clicking and typing, and read off the screen.

import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { formatTft, parseTft } from '../../core/money.ts';
import { root } from '../../scripts/lib/node.mjs';
import type { App } from '../../scripts/window/app.ts';
import { buildWorkloadImage, type WorkloadImage } from '../../scripts/workload-image.ts';
import { needs } from '../support/needs.ts';
import { expectProof } from './receipts.ts';
import { passphrase, Stage, tellInSteps } from './stage.ts';

const people = ['consumer', 'farmer', 'cosigner-a', 'cosigner-b'] as const;
type Name = (typeof people)[number];
const title = 'A page for the neighbours';
const soon = { timeout: 20_000 };
const later = { timeout: 90_000, interval: 250 };

needs('chromium', 'podman')('the story through the window', () => {
  let stage: Stage;
  let image: WorkloadImage;
  const known = { address: {} as Record<Name, string>, price: '', earned: '' };
  const app = async (name: Name): Promise<App> => (await stage.window(name)).app;

  /** The first run up to the choice of a grid: words are shown, then asked back. */
  const firstRun = async (name: Name): Promise<readonly string[]> => {
    const { firstRun } = await app(name);
    const words = await firstRun.showWords();
    await firstRun.wroteDown();
    await firstRun.answer((place) => words[place - 1] ?? '');
    await firstRun.create(name, passphrase);
    return words;
  };

  tellInSteps(() => stage);

  beforeAll(async () => {
    image = await buildWorkloadImage(join(root, '.cache/images'));
    stage = await Stage.open();
    await Promise.all(people.map((name) => stage.start(name)));
  });

  it('a fresh machine: 24 words are shown and checked, and a local grid is made and says what it is', async () => {
    const { page } = await stage.window('consumer');
    const { firstRun, wallet, frame } = await app('consumer');
    const words = await firstRun.showWords();
    expect(words).toHaveLength(24);
    expect(words.every((word) => /^[a-z]{3,8}$/.test(word))).toBe(true);
    await firstRun.wroteDown();
    await firstRun.answer(() => 'zebra');
    await firstRun.create('consumer', passphrase);
    await page.getByText('These are not the words at those places').waitFor();
    await firstRun.answer((place) => words[place - 1] ?? '');
    await firstRun.create('consumer', passphrase);
    await page.getByText('This computer has not joined one yet').waitFor();
    await firstRun.startLocalGrid('Neighbours', 'second, to try things out');
    await expect.poll(() => wallet.balance(), soon).toBe('1000');
    await expect.poll(() => frame.gridState().innerText(), soon).toMatch(/^final, \d+ s ago/);
    await wallet.lines(/From the grid’s beginning/).waitFor();
  });

  it('three others join by invitation, and become contacts', async () => {
    const consumer = await app('consumer');
    await consumer.frame.go('Grid');
    const invitation = await consumer.grid.invitation();
    const others = people.filter((name) => name !== 'consumer');
    await Promise.all(
      others.map(async (name) => {
        await firstRun(name);
        await (await app(name)).firstRun.join(invitation);
      }),
    );
    for (const name of people) {
      const { frame, wallet } = await app(name);
      await frame.go('Wallet');
      known.address[name] = await wallet.address();
    }
    expect(new Set(Object.values(known.address)).size).toBe(4);
    await consumer.frame.go('Settings');
    for (const name of others) await consumer.settings.addContact({ name, address: known.address[name] });
    await expect.poll(() => consumer.settings.contacts().count(), soon).toBe(3);
  });

  it('the farmer becomes a farmer, and confirms the node that this computer offers', async () => {
    const { farm, frame, review } = await app('farmer');
    await frame.go('Farm');
    const form = { name: 'Kitchen rack', country: 'Belgium', city: 'Lochristi', cuHour: '40', suHour: '10' };
    await farm.become(form);
    expect(await review.text()).toContain('The farm “Kitchen rack” in Lochristi, BE');
    await review.sign('Create the farm');
    await farm.flipSwitch();
    await farm.nodeAsks().click({ timeout: 90_000 });
    expect(await review.text()).toMatch(/joins your farm [0-9a-f]{8}… with [\d.]+ cores?, [\d.]+ GB memory/);
    await review.sign('Let the node join');
    await farm.node('Running').waitFor();
    const { imagesFolder } = await stage.bot('farmer').call('farm.state', null);
    mkdirSync(imagesFolder, { recursive: true });
    copyFileSync(image.archivePath, join(imagesFolder, `${image.imageId.slice('sha256:'.length)}.tar`));
  });

  it('the node appears in the consumer’s capacity browser, and each filter says what it removed', async () => {
    const { capacity, frame } = await app('consumer');
    await frame.go('Capacity');
    await capacity.nodes(/^Kitchen rack, Belgium, [\d.]+ cores free, up$/).waitFor();
    await capacity.filter('Free cores').fill('4000');
    await expect
      .poll(() => capacity.removed().innerText(), soon)
      .toBe('0 of 1 node. Free cores at least 4,000 removes 1');
    await capacity.filter('Free cores').fill('');
    await capacity.nodes(/^Kitchen rack/).waitFor();
  });

  it('the consumer sends TFT: what is confirmed is what happens, and it stands on both sides', async () => {
    const { wallet, frame, review } = await app('consumer');
    await frame.go('Wallet');
    await wallet.prepareSend({ to: known.address['cosigner-a'], amount: '12.5', note: 'lunch' });
    const sheet = await review.text();
    expect(sheet).toContain('12.5 TFT goes to cosigner-a');
    expect(sheet).toContain('Once final it cannot be taken back.');
    expect(sheet).toContain('It cannot move anything else.');
    await review.sign('Send 12.5 TFT');
    await expect.poll(() => frame.messages().innerText(), soon).toContain('It is final in a moment.');
    await wallet.lines('Transfer −12.5 TFT').waitFor();
    await expect.poll(() => wallet.balance(), soon).toBe('987.5');
    expect(await wallet.notFinal().count()).toBe(0);
    const other = await app('cosigner-a');
    await other.wallet.lines('Transfer 12.5 TFT').waitFor();
    expect(await other.wallet.balance()).toBe('12.5');
  });

  it('what is signed while the guardian is away is pending, and final when it is back', async () => {
    const guardian = stage.bot('consumer').process;
    const { wallet, frame, review } = await app('cosigner-a');
    await frame.go('Wallet');
    guardian.kill('SIGSTOP');
    try {
      await wallet.prepareSend({ to: known.address.farmer, amount: '2.5', note: 'for the cable' });
      await review.sign('Send 2.5 TFT');
      await wallet.notFinal().getByText('Pending').waitFor();
      expect(await wallet.notFinal().innerText()).toContain('Send 2.5 TFT');
      expect(await wallet.balance()).toBe('12.5');
    } finally {
      guardian.kill('SIGCONT');
    }
    await wallet.lines('Transfer −2.5 TFT').waitFor();
    await wallet.notFinal().waitFor({ state: 'detached' });
    expect(await wallet.balance()).toBe('10');
  });

  it('a contract for the node is composed and sent; the farmer’s 3bot accepts; the consumer signs', async () => {
    const { capacity, contracts, cosign, frame, review } = await app('consumer');
    await frame.go('Capacity');
    await capacity.rent(/^Kitchen rack/);
    await contracts.compose({
      title,
      image: image.imageId,
      ssdGb: '0',
      term: { count: '1', unit: 'hours' },
      signers: [known.address['cosigner-a'], known.address['cosigner-b']],
      quorum: '2 of 3',
    });
    known.price = await cosign.price();
    expect(parseTft(known.price)).toBeGreaterThan(0n);
    await cosign.sendToAll();
    await cosign.farmer('Accepted').waitFor();
    await cosign.review();
    const sheet = await review.text();
    expect(sheet).toContain(`You agree to rent this for 60 minutes, for ${known.price} TFT in all.`);
    expect(sheet).toContain('It begins with 2 of 3 votes: ');
    await review.sign(`Agree to lock ${known.price} TFT`);
    await expect.poll(() => cosign.signers('Signed').count(), soon).toBe(1);
  });

  it('with 1 of 2 it cannot be recorded, and the window says why', async () => {
    const { cosign, frame, wallet } = await app('consumer');
    await cosign.record();
    await expect.poll(() => frame.messages().innerText(), soon).toContain('Not enough people have signed yet.');
    await frame.go('Wallet');
    expect(await wallet.balance()).toBe('987.5');
  });

  it('a co-signer sees the request, who has signed and who has not, and signs: 2 of 2 is recorded', async () => {
    const cosigner = await app('cosigner-a');
    await expect.poll(() => cosigner.frame.waiting(), soon).toBe(1);
    await cosigner.frame.go('Co-sign');
    await cosigner.cosign.open(`Start ${title}, waits for you`);
    await expect.poll(() => cosigner.cosign.signers('Signed').count(), soon).toBe(1);
    expect(await cosigner.cosign.signers('Not yet').count()).toBe(2);
    await cosigner.cosign.review();
    expect(await cosigner.review.text()).toContain(`for ${known.price} TFT in all.`);
    await cosigner.review.sign(/^Agree to lock/);
    await expect.poll(() => cosigner.frame.waiting(), soon).toBe(0);

    const { cosign, frame, review, wallet } = await app('consumer');
    await frame.go('Co-sign');
    await cosign.open(`Start ${title}, Fully signed`);
    await cosign.record();
    expect(await review.text()).toContain('gets locked and is paid out per second of running workload');
    await review.sign(/^Record the contract/);
    await cosign.untilState('Recorded');
    await frame.go('Wallet');
    await expect.poll(() => wallet.balance(), soon).toBe(formatTft(parseTft('987.5') - parseTft(known.price)));
    await wallet.lines(`Locked for a contract −${known.price} TFT`).waitFor();
  });

  it('the node runs it, and its page comes through the grid’s own transport, shown as inert text', async () => {
    const { contracts, frame } = await app('consumer');
    const { page } = await stage.window('consumer');
    await frame.go('Contracts');
    await contracts.open(new RegExp(`^${title}`));
    await contracts.untilState('Running', 90_000);
    const answer = await contracts.fetchPage('web');
    expect(answer).toContain('Hello from workload web');
    expect(answer).toContain('<h1');
    expect(await page.getByRole('heading', { name: /Hello from/ }).count()).toBe(0);
  });

  it('the farmer earns while it runs, and the books of every replica add up', async () => {
    const farmer = await app('farmer');
    await expect.poll(() => farmer.farm.earned(), later).toBeGreaterThan(0);
    const first = await farmer.farm.earned();
    await expect.poll(() => farmer.farm.earned(), later).toBeGreaterThan(first);
    expect(await farmer.farm.workloads().count()).toBe(1);
    for (const name of people) {
      const { frame, grid } = await app(name);
      await frame.go('Grid');
      expect(await grid.book('Unexplained').innerText()).toMatch(/\b0$/);
      expect(await grid.book('Minted').innerText()).toMatch(/1,000\s+TFT/);
    }
  });

  it('the delete quorum ends it: the money that was not earned comes back, to the last unit', async () => {
    const { contracts, cosign, frame, review, wallet } = await app('consumer');
    await frame.go('Contracts');
    await contracts.open(new RegExp(`^${title}`));
    await contracts.end();
    await cosign.sendToAll();
    await cosign.review();
    await review.sign('Agree to end it');
    const cosigner = await app('cosigner-b');
    await expect.poll(() => cosigner.frame.waiting(), soon).toBeGreaterThan(0);
    await cosigner.frame.go('Co-sign');
    await cosigner.cosign.open(`End ${title}, waits for you`);
    await cosigner.cosign.review();
    await cosigner.review.sign('Agree to end it');
    await cosign.untilState('Fully signed');
    await cosign.record();
    expect(await review.text()).toContain('What was not earned yet goes back to who paid.');
    await review.sign('End the contract');
    await cosign.openContract();
    await contracts.untilState('Ended', 60_000);
    known.earned = await contracts.money('Earned by the farmer');
    const refunded = await contracts.money('Refunded');
    expect(parseTft(known.earned) + parseTft(refunded)).toBe(parseTft(known.price));
    expect(await contracts.money('Locked')).toBe('0');
    const life = (await contracts.life().allInnerTexts()).join('\n');
    for (const word of ['Recorded, price locked', 'Running', 'Cancelled', 'Rest refunded', 'Ended']) {
      expect(life).toContain(word);
    }
    await frame.go('Wallet');
    const rest = formatTft(parseTft('987.5') - parseTft(known.earned));
    await expect.poll(() => wallet.balance(), soon).toBe(rest);
    const farmer = await app('farmer');
    await farmer.frame.go('Wallet');
    const farmersOwn = formatTft(parseTft('2.5') + parseTft(known.earned));
    await expect.poll(() => farmer.wallet.balance(), soon).toBe(farmersOwn);
  });

  it('the receipt is saved from the window and verified with no app and no network', async () => {
    const { contracts, frame } = await app('consumer');
    await frame.go('Contracts');
    await contracts.show('Ended');
    await contracts.open(new RegExp(`^${title}`));
    await expectProof(stage, await contracts.exportReceipt());
  });

  it('so is the receipt of a payment, from its line in the statement', async () => {
    const { wallet, frame } = await app('cosigner-a');
    await frame.go('Wallet');
    const sheet = await wallet.openLine('Transfer 12.5 TFT');
    for (const words of ['12.5000000 TFT', known.address.consumer, 'lunch']) await sheet.getByText(words).waitFor();
    await expectProof(stage, await wallet.exportReceipt());
    const { page } = await stage.window('cosigner-a');
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
  });
});
