// A guardian dies for good, and the others put a new one in its place by a record that they all sign.

import { join } from 'node:path';
import { until } from '../../lib/threebot.ts';
import type { GridScene, Told } from './scene.ts';

const patienceMs = 180_000;

export async function replaceGuardian(scene: GridScene): Promise<Told> {
  const lost = scene.guardian(3);
  await lost.kill();
  const fresh = scene.addGuardian('Erin in Kyoto');
  fresh.init();
  fresh.start(`--join=${scene.invitation}`);
  const file = join(scene.folder, 'change.policy');
  const first = scene.guardian(0);
  first.run('policy', 'propose', `--replace=${lost.name}=${fresh.card}`, `--out=${file}`);
  await until(
    'the new guardian to follow the grid',
    async () => (fresh.glance()?.view?.head?.height ?? -1) >= 0,
    patienceMs,
  );
  for (const guardian of [first, scene.guardian(1), scene.guardian(2), fresh]) guardian.run('policy', 'sign', file);
  const payer = scene.member(4);
  await scene.pay(payer, 200);
  first.run('policy', 'submit', file);
  await until(
    'the change to be in force at the new guardian',
    async () => fresh.glance()?.view?.isGuardian === true,
    patienceMs,
  );
  await scene.pay(payer, 200);
  await scene.settled([payer], patienceMs);
  // Now one of the old ones may be away: the new one's signature is needed.
  scene.network.unplug(scene.guardian(1).host);
  await scene.pay(payer, 50);
  await scene.settled([payer], patienceMs);
  scene.network.plugIn(scene.guardian(1).host);
  return {
    lines: [
      `${lost.name} killed; ${first.name}, Bob, Carol and ${fresh.name} signed that ${fresh.name} takes its place`,
      '400 payments went on meanwhile; 50 more with Bob unplugged, which only the new signature makes possible',
    ],
    facts: { replaced: lost.name, by: fresh.name },
  };
}
