/**
 * The way back to a grid, in a small file beside the database: the invitation that the replica keeps, with its hash. When
 * nothing in the database can be read, this says which grid it was and where to look for it.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../core/errors.ts';
import { decodeInvitation } from '../../core/invitation.ts';
import { hexOf } from './database.ts';
import { fastSha256 } from './sha256.ts';

const wayBackPath = (folder: string): string => join(folder, 'way-back');

const textOf = (invitation: Uint8Array): string =>
  `${Buffer.from(invitation).toString('utf8')}\n${hexOf(fastSha256(invitation))}\n`;

/** Writes it durably, unless it stands there already. `invitation`: its long form, as UTF-8. */
export function keepWayBack(folder: string, invitation: Uint8Array): void {
  const path = wayBackPath(folder);
  const text = textOf(invitation);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  const beside = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(beside, text);
    fsyncSync(beside);
  } finally {
    closeSync(beside);
  }
  renameSync(`${path}.new`, path);
}

export type WayBack = { readonly grid: Uint8Array; readonly invitation: Uint8Array };

/** What an invitation leads to; undefined for one that is not whole. */
export function wayOf(invitation: Uint8Array): WayBack | undefined {
  try {
    const { grid } = decodeInvitation(Buffer.from(invitation).toString('utf8'));
    return grid === undefined ? undefined : { grid, invitation };
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Undefined where there is none, or where it is damaged itself. */
export function readWayBack(folder: string): WayBack | undefined {
  const path = wayBackPath(folder);
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  const invitation = new Uint8Array(Buffer.from(text.split('\n')[0] ?? '', 'utf8'));
  return textOf(invitation) === text ? wayOf(invitation) : undefined;
}
