/** How safely this 3bot stands, point by point, in plain sentences: what is so, and what would be better. */
import { stat } from 'node:fs/promises';
import type { Output } from '../../core/ipc/contract.ts';
import type { House } from '../house.ts';

type Point = Output<'app.posture'>[number];

const point = (name: string, isGood: boolean, good: string, bad: string): Point => ({
  name,
  isGood,
  words: isGood ? good : bad,
});

/** All points. */
export async function postureOf(house: House): Promise<Point[]> {
  const { vault, folder, grid, damaged, settings } = house;
  const hasKeychain = 'protection' in vault.state && vault.state.protection !== 'passphrase';
  const health = hasKeychain ? { name: house.keychainHealth.name } : await house.keychainHealth.look();
  const code = 'code' in health ? health.code : undefined;
  const isPrivate = process.platform === 'win32' || ((await stat(folder)).mode & 0o077) === 0;
  const { alarm = null, verification = null } = grid.view() ?? {};
  return [
    point(
      'Secret store',
      code === undefined,
      `What opens the key of this 3bot is kept in the system's keychain (${health.name}).`,
      `This machine has no usable secret store (${code}): a passphrase alone protects the key.`,
    ),
    point(
      'Passphrase',
      vault.hasPassphrase,
      'A lock locks the keys themselves: without the passphrase nobody opens them, not even with your keychain.',
      'Without a passphrase, whoever uses your account on this machine can open this 3bot.',
    ),
    point(
      'Automatic lock',
      settings.value.autoLockMinutes > 0,
      `It locks after ${settings.value.autoLockMinutes} minutes without a hand at its window.`,
      'It never locks by itself.',
    ),
    point('Profile folder', isPrivate, 'Only your account can read it.', 'Other accounts of this machine can read it.'),
    point(
      'History',
      alarm === null && verification === null,
      'Every block was verified and executed here.',
      alarm === null
        ? 'It is usable from a snapshot that the guardians signed; the blocks below it are still being verified.'
        : `The grid's history raised an alarm (${alarm.code}); nothing is signed on it.`,
    ),
    point(
      'Files',
      damaged.length === 0,
      'All files of the profile were readable.',
      `Could not be read and were set aside: ${damaged.join(', ')}.`,
    ),
  ];
}
