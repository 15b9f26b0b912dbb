// Somebody joins when there is a long history already: usable at once, verified to the first record in the background.

import { performance } from 'node:perf_hooks';
import { until } from '../../lib/threebot.ts';
import type { GridScene, Told } from './scene.ts';

export async function joinLate(scene: GridScene): Promise<Told> {
  const known = await scene.member(0).query('head', null);
  const startMs = performance.now();
  const newcomer = scene.addMember('newcomer');
  await newcomer.start({ how: 'join', invitation: scene.invitation });
  const account = await until(
    'a balance at the newcomer',
    async () => {
      const found = await newcomer.query('account', { address: scene.addressOf(scene.member(0)) });
      return found.seq > 0 && found;
    },
    120_000,
  );
  const usableMs = performance.now() - startMs;
  await until('the newcomer to be at the head', async () => (await scene.heightOf(newcomer)) >= known.height, 120_000);
  const { verification } = await newcomer.call('state', null);
  await until(
    'the whole history to be verified',
    async () => (await newcomer.call('state', null)).verification === null,
    600_000,
  );
  const verifiedMs = performance.now() - startMs;
  const first = await newcomer.query('blocks', { from: 0, limit: 1 });
  if (first.items[0]?.height !== 0) throw new Error('the newcomer has no first block after verifying all');
  const began =
    verification === null ? 'with the blocks themselves' : `with a snapshot at height ${verification.ofHeight}`;
  return {
    lines: [
      `${known.recordCount.toLocaleString('en')} records long; it knew a balance after ${(usableMs / 1000).toFixed(1)} s (began ${began})`,
      `account of member 1 at seq ${account.seq}; every record from the first on verified after ${(verifiedMs / 1000).toFixed(1)} s`,
    ],
    facts: { usableMs: Math.round(usableMs), verifiedMs: Math.round(verifiedMs), records: known.recordCount },
  };
}
