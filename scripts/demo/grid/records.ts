// Many records, and how long one takes to be final.

import { performance } from 'node:perf_hooks';
import { until } from '../../lib/threebot.ts';
import type { GridScene, Told } from './scene.ts';

const samples = 20;
const progressMs = 20_000;

/** Every member pays all others, all at once. */
export async function recordMany(scene: GridScene): Promise<Told> {
  const { recordCount } = scene;
  const each = recordCount / scene.members.length;
  const startMs = performance.now();
  const progress = setInterval(() => void tellProgress(scene).catch(() => undefined), progressMs);
  let handedInMs: number;
  try {
    await Promise.all(scene.members.map((member) => scene.pay(member, each)));
    handedInMs = performance.now() - startMs;
    await scene.settled(scene.members, 900_000);
  } finally {
    clearInterval(progress);
  }
  const totalMs = performance.now() - startMs;
  const { recordCount: recorded, height } = await scene.member(0).query('head', null);
  if (recorded < recordCount + 1) throw new Error(`${recorded} records stand in the history`);
  const perSecond = Math.round((recordCount * 1000) / totalMs);
  const replicas = scene.members.length + scene.guardians.length;
  return {
    lines: [
      `${recordCount.toLocaleString('en')} payments durable in ${(handedInMs / 1000).toFixed(1)} s, final in ${(totalMs / 1000).toFixed(1)} s: ` +
        `${perSecond.toLocaleString('en')} a second, each verified and executed ${replicas} times on this machine`,
      `height ${height}`,
    ],
    facts: { records: recordCount, perSecond, height },
  };
}

async function tellProgress(scene: GridScene): Promise<void> {
  const { recordCount, height } = await scene.member(0).query('head', null);
  scene.say(`${recordCount.toLocaleString('en')} records final, height ${height.toLocaleString('en')}`);
}

/** One payment after the other, on a grid that has nothing else to do. */
export async function measureFinality(scene: GridScene): Promise<Told> {
  const member = scene.member(1);
  const times: number[] = [];
  for (let index = 0; index < samples; index++) {
    const startMs = performance.now();
    const [id] = await scene.pay(member, 1);
    await until('it to be final', async () => {
      const entry = (await member.query('outbox', { limit: 1 }))[0];
      return entry?.id === id && entry?.state === 'final';
    });
    times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(times[Math.floor(share * (times.length - 1))] ?? 0);
  return {
    lines: [
      `from handed in to final at a member, with 24 replicas on this one machine: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`,
    ],
    facts: { p50Ms: at(0.5), p95Ms: at(0.95) },
  };
}
