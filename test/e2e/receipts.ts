// What is saved from a window as proof, checked as somebody else would.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Download } from 'playwright';
import { expect } from 'vitest';
import { root } from '../../scripts/lib/node.mjs';
import type { Stage } from './stage.ts';

/** A receipt holds for the consumer's grid, says the program that has no app and no network. */
export async function expectProof(stage: Stage, receipt: Download): Promise<void> {
  const file = join(stage.folder, receipt.suggestedFilename());
  await receipt.saveAs(file);
  const { head } = (await stage.bot('consumer').call('grid.state', null)) ?? {};
  const program = ['scripts/verify-receipt.mjs', file, `--grid=${head?.grid}`, '--json'];
  const verified = spawnSync(process.execPath, program, { cwd: root, encoding: 'utf8' });
  expect(verified.stderr).toBe('');
  expect(JSON.parse(verified.stdout)).toMatchObject({ holds: true, head: expect.stringMatching(/^height \d+ /) });
  expect(verified.status).toBe(0);
}
