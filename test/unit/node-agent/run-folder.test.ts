// Where podman's run folder goes: beside the rest, or to a short, private, always same place when that path would be refused.
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { placeRunFolder } from '../../../node-agent/runtime/run-folder.ts';

const long = '/home/somebody-with-a-long-name/.local/share/3bot/node-agent/engine';
const runtime = mkdtempSync(join(tmpdir(), 'run-'));

afterEach(() => rmSync(runtime, { recursive: true, force: true }));

test('a short folder keeps its run folder, and nothing is made elsewhere', () => {
  expect(placeRunFolder('/f', runtime)).toBe('/f/run');
});

test('a long one gets a private folder of a short path, the same at every start', () => {
  const first = placeRunFolder(long, runtime);
  expect(first.startsWith(`${runtime}/3bot-`)).toBe(true);
  expect(first.length).toBeLessThanOrEqual(50);
  expect(lstatSync(first).mode & 0o777).toBe(0o700);
  expect(placeRunFolder(long, runtime)).toBe(first);
  expect(placeRunFolder(`${long}2`, runtime)).not.toBe(first);
});

test('a name that somebody else could write to is refused', () => {
  const place = placeRunFolder(long, runtime);
  chmodSync(place, 0o777);
  expect(() => placeRunFolder(long, runtime)).toThrow(/agent\/engine-failed/);
  rmSync(place, { recursive: true });
  mkdirSync(join(runtime, 'elsewhere'));
  symlinkSync(join(runtime, 'elsewhere'), place);
  expect(() => placeRunFolder(long, runtime)).toThrow(/agent\/engine-failed/);
});
