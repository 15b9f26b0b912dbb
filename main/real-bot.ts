/** A 3bot of real parts: the system's keychain, this machine's binding, SQLite and Hyperswarm, the clock. For the hosts. */
import { join } from 'node:path';
import { openReplica } from '../bcdb/replica.ts';
import { createSequencerHost } from '../bcdb/sequencer/sequencer-host.ts';
import { verifySodium } from '../bcdb/verify.ts';
import { openLog } from './log.ts';
import { openThreeBot, type ThreeBot } from './three-bot.ts';
import { readMachineBinding } from './vault/machine.ts';
import { openOsKeychain } from './vault/os-keychain.ts';

/** Opens the 3bot of a profile folder. `nodePath`: the Node that runs child processes. */
export async function openRealBot(options: {
  readonly folder: string;
  readonly version: string;
  readonly host: 'electron' | 'browser';
  readonly nodePath: string;
  /** File URL or path of the built or source node-agent entry. */
  readonly agentEntry: string;
  /** The nats-server of a guardian; default: the one on PATH. */
  readonly natsServer?: string | undefined;
}): Promise<ThreeBot> {
  const { natsServer } = options;
  const now = Date.now;
  const { log, flush } = openLog({ folder: join(options.folder, 'log'), now });
  const bot = await openThreeBot({
    ...options,
    now,
    log,
    keychain: openOsKeychain(),
    binding: await readMachineBinding(),
    verify: verifySodium,
    openReplica,
    sequencer: natsServer === undefined ? undefined : (needs) => createSequencerHost({ ...needs, natsServer }),
  }).catch(async (error: unknown) => {
    await flush();
    throw error;
  });
  return {
    ...bot,
    async close() {
      try {
        await bot.close();
      } finally {
        await flush();
      }
    },
  };
}
