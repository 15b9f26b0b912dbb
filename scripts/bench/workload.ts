// How long a contract takes from its block to the first byte of its workload's page, as its payer gets it: two real 3bots,
// a real node-agent, a real container, Noise in between. Beside the bare container engine with the same image and limits.

import { mkdtempSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import { bytesPerGb } from '../../core/units.ts';
import { becomeFarmer, makeGrid } from '../demo/people.ts';
import { Scene } from '../demo/scene.ts';
import { root } from '../lib/node.mjs';
import { removeFolder } from '../lib/remove-folder.ts';
import { approve, approveFinal, type Threebot, until } from '../lib/threebot.ts';
import { inspectMachine } from '../machine.mjs';
import { buildWorkloadImage } from '../workload-image.ts';
import { openBareEngine } from './bare-engine.ts';
import type { Bench, BenchContext, Figure } from './figure.ts';
import { median, middleOf } from './statistics.ts';

const runs = 5;
const timeoutMs = 60_000;
/** Between two tries to fetch the page. */
const pauseMs = 10;

const capacity = { cruMilli: 500, mruBytes: bytesPerGb / 4, sruBytes: 0, hruBytes: 0 };
/** What the node-agent makes of that capacity. */
const limits = {
  cruMilli: capacity.cruMilli,
  memoryBytes: capacity.mruBytes,
  pids: 256,
  tmpBytes: capacity.mruBytes / 4,
};

/** Composes a contract that the consumer alone decides on, has it accepted, signs and records it. Returns its id. */
async function recordContract(scene: Scene, image: string): Promise<string> {
  const consumer = scene.bot('consumer');
  const me = { address: await scene.addressOf('consumer'), weight: 1, isRequired: true };
  const quorum = { threshold: 1, signers: [me] };
  const packet = await consumer.call('desk.compose', {
    title: 'Bench',
    workloads: [{ name: 'web', node: scene.need('node'), image, capacity }],
    termSeconds: 600,
    signWithinMs: 600_000,
    deployWithinMs: 120_000,
    provision: quorum,
    delete: quorum,
  });
  await consumer.call('desk.send', { id: packet.id });
  await approve(consumer, await consumer.call('desk.prepareSign', { id: packet.id }));
  await packetReady(consumer, packet.id);
  await approveFinal(consumer, await consumer.call('desk.prepareRecord', { id: packet.id }));
  return packet.contract;
}

const packetReady = (consumer: Threebot, packet: string): Promise<unknown> =>
  until('the packet to be complete', async () =>
    (await consumer.call('desk.packets', null)).some(({ id, state }) => id === packet && state === 'ready'),
  );

/** Milliseconds from the block's time, which is this machine's clock, to the page in the consumer's hands. */
async function untilPage(consumer: Threebot, contract: string): Promise<number> {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    try {
      const { status } = await consumer.call('contracts.fetch', { contract, workload: 'web', path: '/' });
      const nowMs = Date.now();
      const recorded = await consumer.call('contracts.get', { id: contract });
      if (status === 200 && recorded !== null) return nowMs - recorded.recordedMs;
    } catch (error) {
      if (!(error instanceof AppError) || Date.now() > deadlineMs) throw error;
      await sleep(pauseMs); // not running yet
    }
  }
}

async function endContract(scene: Scene, contract: string): Promise<void> {
  const consumer = scene.bot('consumer');
  const packet = await consumer.call('desk.openCancel', { contract });
  await approve(consumer, await consumer.call('desk.prepareSign', { id: packet.id }));
  await packetReady(consumer, packet.id);
  await approveFinal(consumer, await consumer.call('desk.prepareRecord', { id: packet.id }));
  const isEnded = async () => (await consumer.call('contracts.get', { id: contract }))?.state === 'ended';
  await until('the contract to end', isEnded, timeoutMs);
}

async function serveOnce(scene: Scene, image: string): Promise<number> {
  const contract = await recordContract(scene, image);
  const ms = await untilPage(scene.bot('consumer'), contract);
  await endContract(scene, contract);
  return ms;
}

/** A grid with a farmer, whose node runs, and a consumer with money. */
async function settle(scene: Scene): Promise<void> {
  await makeGrid(scene);
  const { text } = await scene.bot('farmer').call('grid.invitation', null);
  await scene.bot('consumer').call('grid.join', { invitation: text });
  await scene.published('consumer');
  await becomeFarmer(scene);
}

async function run({ say }: BenchContext): Promise<readonly Figure[]> {
  // A short path: some podmans take no long ones.
  const folder = mkdtempSync(join(tmpdir(), '3b-'));
  try {
    return await measure(folder, say);
  } finally {
    await removeFolder(folder);
  }
}

async function measure(folder: string, say: BenchContext['say']): Promise<readonly Figure[]> {
  const image = await buildWorkloadImage(join(root, '.cache/images'));
  const archive = `${image.imageId.slice('sha256:'.length)}.tar`;
  const scene = new Scene(join(folder, 'bots'), join(root, '.cache/images'));
  const imagesFolder = join(folder, 'images');
  await mkdir(imagesFolder, { recursive: true });
  await copyFile(image.archivePath, join(imagesFolder, archive));
  const engine = await openBareEngine(join(folder, 'bare'), imagesFolder, image.imageId);
  try {
    say('two 3bots, a farm, a node');
    await settle(scene);
    const farm = await scene.bot('farmer').call('farm.state', null);
    await mkdir(farm.imagesFolder, { recursive: true });
    await copyFile(image.archivePath, join(farm.imagesFolder, archive));
    say('the first contract: the node loads the image');
    const firstMs = await serveOnce(scene, image.imageId);
    const bareFirstMs = (await engine.load()) + (await engine.serve(limits));
    const [next, bare]: [number[], number[]] = [[], []];
    for (let run = 1; run <= runs; run++) {
      say(`contract ${run} of ${runs}`);
      next.push(await serveOnce(scene, image.imageId));
      bare.push(await engine.serve(limits));
    }
    const against = 'bare engine: create, start, first byte';
    return [
      { name: 'workload/first-byte', ...middleOf(next), unit: 'ms', baseline: median(bare), against },
      {
        name: 'workload/first-byte-with-image',
        value: firstMs,
        unit: 'ms',
        baseline: bareFirstMs,
        against: `${against}, image loaded before`,
      },
    ];
  } finally {
    await scene.stop();
    await engine.stop();
  }
}

export const workload: Bench = {
  name: 'workload',
  title: 'From a recorded contract to its page',
  how:
    'A consumer records a contract; its clock starts with the time of the block and stops when the page is in the ' +
    "consumer's hands, fetched from the workload through Noise. In between: the node's replica follows, the agent verifies " +
    'signatures, quorum, funding and address, creates the container, reads its limits back, starts it. The image is 130 MB ' +
    'with a Node server; with-image: the node had to load it first. The baseline has the same image, limits and engine, ' +
    'its page fetched over the unix socket.',
  lacks: () => {
    const { podman, busybox } = inspectMachine();
    return podman ?? busybox;
  },
  startsBots: true,
  run,
};
