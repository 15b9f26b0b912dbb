// Links are cut, in one direction and in both, and healed: a minority away changes nothing, too many away only waits.

import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../lib/threebot.ts';
import type { GridScene, Told } from './scene.ts';

const patienceMs = 180_000;

/** One guardian unplugged, then one that hears nobody: final goes on without it. */
export async function cutOne(scene: GridScene): Promise<Told> {
  const [away, deaf] = [scene.guardian(3), scene.guardian(2)];
  const payer = scene.member(2);
  scene.network.unplug(away.host);
  await scene.pay(payer, 200);
  await scene.settled([payer], patienceMs);
  scene.network.plugIn(away.host);
  const lines = [`${away.name} unplugged: 200 payments became final without it`];
  await caughtUp(scene, 3);
  for (const other of scene.guardians) if (other !== deaf) scene.network.block(other.host, deaf.host);
  await scene.pay(payer, 200);
  await scene.settled([payer], patienceMs);
  scene.network.unblock(deaf.host);
  lines.push(`${deaf.name} speaks but hears no guardian: 200 more became final`);
  await caughtUp(scene, 2);
  return { lines: [...lines, 'both caught up by themselves'], facts: { whileOneAway: 400 } };
}

/** A guardian is where a member is. */
async function caughtUp(scene: GridScene, index: number): Promise<void> {
  const height = await scene.heightOf(scene.member(0));
  const guardian = scene.guardian(index);
  await until(
    `${guardian.name} to catch up`,
    async () => (guardian.glance()?.view?.head?.height ?? -1) >= height,
    patienceMs,
  );
}

/** Two of four away: nothing becomes final, nothing is lost, everybody is told who is missing, and it goes on by itself. */
export async function cutTwo(scene: GridScene): Promise<Told> {
  const away = [scene.guardian(2), scene.guardian(3)];
  for (const { host } of away) scene.network.unplug(host);
  await sleep(3000);
  const payer = scene.member(3);
  const before = await scene.heightOf(payer);
  const ids = await scene.pay(payer, 100);
  const view = await until(
    'the member to say that final waits',
    async () => {
      const state = await payer.call('state', null);
      return state.state === 'waiting' && state;
    },
    patienceMs,
  );
  const missing = view.guardians.filter(({ isHere }) => !isHere).map(({ name }) => name ?? 'without a name');
  if (view.pendingCount !== ids.length) throw new Error(`${view.pendingCount} of ${ids.length} wait`);
  const during = await scene.heightOf(payer);
  if (during > before + 1) throw new Error(`blocks were made without a quorum: ${before} to ${during}`);
  for (const { host } of away) scene.network.plugIn(host);
  await scene.settled([payer], patienceMs);
  await caughtUp(scene, 2);
  await caughtUp(scene, 3);
  return {
    lines: [
      `${away.map(({ name }) => name).join(' and ')} unplugged: ${ids.length} payments wait, durable; no block is made`,
      `every member says: final waits, no answer from ${missing.join(' and ')}`,
      'plugged in again: all became final by themselves',
    ],
    facts: { waited: ids.length, missing },
  };
}
