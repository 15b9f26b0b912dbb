// A receipt is verified with no app and no network; and at the end all replicas are one.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Member } from '../../lab/member.ts';
import { root } from '../../lib/node.mjs';
import { until } from '../../lib/threebot.ts';
import type { GridScene, Told } from './scene.ts';

const verifier = join(root, 'scripts', 'verify-receipt.mjs');

/** On a host without a cable. */
export async function verifyOffline(scene: GridScene): Promise<Told> {
  const payer = scene.member(6);
  const [id] = await scene.pay(payer, 1);
  await scene.settled([payer], 60_000);
  const receipt = await payer.query('receipt', { record: id ?? '' });
  const path = join(scene.folder, 'payment.receipt');
  writeFileSync(path, receipt);
  const alone = scene.network.add('offline');
  scene.network.unplug(alone);
  const verify = (file: string, grid: string) =>
    spawnSync('nsenter', [`--net=/run/netns/${alone.namespace}`, process.execPath, verifier, file, `--grid=${grid}`], {
      encoding: 'utf8',
    });
  const good = verify(path, scene.gridId);
  if (good.status !== 0) throw new Error(`the receipt does not verify: ${good.stdout}${good.stderr}`);
  const changed = Uint8Array.from(receipt);
  const middle = changed.length >> 1;
  changed[middle] = (changed[middle] ?? 0) ^ 1;
  const changedPath = join(scene.folder, 'changed.receipt');
  writeFileSync(changedPath, changed);
  const bad = verify(changedPath, scene.gridId);
  const elsewhere = verify(path, 'ab'.repeat(32));
  if (bad.status === 0 || elsewhere.status === 0) throw new Error('a forged receipt was believed');
  return {
    lines: [
      ...good.stdout.trim().split('\n').slice(0, 4),
      'one bit changed: refused; for another grid: refused',
      `${receipt.length.toLocaleString('en')} bytes, with the proof that the guardians were replaced`,
    ],
    facts: { receiptBytes: receipt.length },
  };
}

/** Every replica that goes on: the same block at the same height, the books balanced, every payment there once. */
export async function compareAll(scene: GridScene): Promise<Told & { readonly unexplained: bigint }> {
  const going: Member[] = [];
  for (const member of scene.members) {
    if ((await member.call('state', null)).state !== 'stopped') going.push(member);
  }
  await scene.settled(going, 120_000);
  const height = Math.max(...(await Promise.all(going.map((member) => scene.heightOf(member)))));
  const hashes = new Map<string, number>();
  for (const member of going) {
    await until(
      `${member.host.name} to be at ${height}`,
      async () => (await scene.heightOf(member)) >= height,
      120_000,
    );
    const block = (await member.query('blocks', { from: height, limit: 1 })).items[0];
    hashes.set(block?.execHash ?? 'none', (hashes.get(block?.execHash ?? 'none') ?? 0) + 1);
  }
  if (hashes.size !== 1) throw new Error(`the replicas differ: ${JSON.stringify([...hashes])}`);
  const [first] = going;
  if (first === undefined) throw new Error('nobody goes on');
  const books = await first.query('books', {});
  let missing = 0;
  for (const id of scene.acknowledged) if ((await first.query('record', { id }))?.verdict !== 'ok') missing += 1;
  if (missing > 0) throw new Error(`${missing} acknowledged records are not in the history`);
  const stopped = scene.members.length - going.length;
  return {
    lines: [
      `${going.length} members (one more stopped when it was lied to: ${stopped}) have one execution hash at height ${height}`,
      `all ${scene.acknowledged.size.toLocaleString('en')} payments that were acknowledged stand in the history, once each`,
    ],
    facts: { replicas: going.length, height, acknowledged: scene.acknowledged.size },
    unexplained: books.unexplained,
  };
}
