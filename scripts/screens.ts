// `npm run screens`: plays a real story on real 3bots and takes a picture of every screen, in both themes and two sizes, into
// docs/screens/<name>-<theme>-<width>.png. `-- NAME …` takes only these, `--all` also those that
// are not for the docs; `--out=DIR` puts them elsewhere; `--scroll` adds what is below the fold as <name>-<theme>-<width>-2.png …

import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright';
import { Scene } from './demo/scene.ts';
import { root } from './lib/node.mjs';
import { removeFolder } from './lib/remove-folder.ts';
import { inspectMachine } from './machine.mjs';
import { type Act, plays } from './screens/plays.ts';
import type { Shot } from './screens/shots.ts';
import { launchChromium } from './window/chromium.ts';
import { type BotWindow, openWindow, type WindowLook } from './window/window.ts';

const looks: readonly Required<WindowLook>[] = (['light', 'dark'] as const).flatMap((colorScheme) => [
  { colorScheme, width: 1280, height: 800 },
  { colorScheme, width: 900, height: 600 },
]);

/** Waits until nothing on the page is on its way any more. */
async function settle(page: Page): Promise<void> {
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
  await page.evaluate(() => document.fonts.ready);
  await page.getByRole('status', { name: 'Messages' }).locator('div').first().waitFor({ state: 'detached' });
  await page.mouse.move(0, 0);
  await page.waitForTimeout(250);
}

/** Scrolls the screen's own sheet down by most of its height; false when it was at its end. */
const scrollOn = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const dialog = document.querySelector('[role=dialog] [class*=content], [role=alertdialog] [class*=content]');
    const sheet = dialog ?? document.querySelector('#main > [class*=screen]') ?? document.querySelector('main');
    if (sheet === null) return false;
    const before = sheet.scrollTop;
    sheet.scrollBy({ top: sheet.clientHeight * 0.85, behavior: 'instant' });
    return sheet.scrollTop > before + 4;
  });

async function take(window: BotWindow, shot: Shot, file: string, isScrolling: boolean): Promise<void> {
  const { page } = window;
  await shot.open(window);
  await settle(page);
  await page.screenshot({ path: `${file}.png` });
  for (let part = 2; isScrolling && part < 9 && (await scrollOn(page)); part += 1) {
    await page.waitForTimeout(150);
    await page.screenshot({ path: `${file}-${part}.png` });
  }
}

async function takeAll(browser: Browser, scene: Scene, wanted: readonly Shot[], out: string, isScrolling: boolean) {
  const troubles: string[] = [];
  for (const look of looks) {
    for (const bot of new Set(wanted.map((shot) => shot.bot))) {
      const window = await openWindow(browser, scene.bot(bot), look);
      for (const shot of wanted.filter((each) => each.bot === bot)) {
        const name = `${shot.name}-${look.colorScheme}-${look.width}`;
        try {
          await take(window, shot, join(out, name), isScrolling);
          console.log(name);
        } catch (error) {
          troubles.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      troubles.push(...window.troubles.map((trouble) => `${bot}: ${trouble}`));
      await window.close();
    }
  }
  return troubles;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string' }, all: { type: 'boolean' }, scroll: { type: 'boolean' } },
});

const machine = inspectMachine();
const lacks = machine.chromium ?? machine.podman;
if (lacks !== undefined) {
  console.error(
    `Pictures need a browser and a real container: ${lacks}. Install what is missing: node scripts/machine.mjs`,
  );
  process.exit(1);
}
// A keychain of its own: a person's own keyring is never touched.
if (process.env['THREEBOT_KEYRING_SESSION'] === undefined && machine.keyring === undefined) {
  const again = [join(root, 'scripts/keyring-session.mjs'), process.execPath, ...process.argv.slice(1)];
  process.exit(spawnSync(process.execPath, again, { stdio: 'inherit' }).status ?? 1);
}

// The pictures are of the window as its sources are now, not of one that was built before.
const built = spawnSync(process.execPath, [join(root, 'scripts/build.ts'), 'renderer', '--stale'], {
  stdio: 'inherit',
});
if (built.status !== 0) process.exit(1);

const isWanted = ({ name, isExtra = false }: Shot): boolean =>
  positionals.length === 0 ? !isExtra || values.all === true : positionals.includes(name);
const isShown = ({ shots }: Act): boolean => shots.some(isWanted);
const out = values.out ?? join(root, 'docs/screens');
await mkdir(out, { recursive: true });
const browser = await launchChromium();
const troubles: string[] = [];
try {
  for (const begin of plays) {
    const folder = await mkdtemp(join(tmpdir(), '3bot-screens-'));
    const scene = new Scene(folder, join(root, '.cache/images'));
    const play = begin(scene, (line) => console.log(line));
    try {
      // Acts build on each other; what comes after the last picture is not played.
      for (const act of play.acts.slice(0, play.acts.findLastIndex(isShown) + 1)) {
        await act.set();
        troubles.push(...(await takeAll(browser, scene, act.shots.filter(isWanted), out, values.scroll === true)));
      }
    } finally {
      await scene.stop();
      await play.stop();
      await removeFolder(folder);
    }
  }
} finally {
  await browser.close();
}
for (const trouble of troubles) console.error(trouble);
process.exitCode = troubles.length === 0 ? 0 : 1;
