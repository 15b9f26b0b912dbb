// The folder of feeds: a cache. One that was damaged on disk is emptied at the next start, one that is in use never.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isDamage, noteDamage, openStore } from '../../../bcdb/net/feed-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'feeds-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a store of feeds', () => {
  it('that turned out damaged is emptied once, with a word about it', async () => {
    const leftOver = join(folder, 'cores', 'left-over');
    mkdirSync(join(folder, 'cores'), { recursive: true });
    writeFileSync(leftOver, 'x');
    noteDamage(folder);
    const said: string[] = [];
    const store = await openStore(folder, (line) => said.push(line));
    expect(existsSync(leftOver)).toBe(false);
    await store.close();
    const again = await openStore(folder, (line) => said.push(line));
    await again.close();
    expect(said).toEqual(['feeds were damaged on disk and are fetched again']);
  });

  it('is damaged by what a flipped bit shows as, and not by another process that holds it', () => {
    expect(isDamage(new Error('block checksum mismatch: stored = 1, computed = 2 in 000013.sst'))).toBe(true);
    expect(isDamage(new Error('Corruption: bad record'))).toBe(true);
    expect(isDamage(new Error('IO error: While lock file: LOCK: Resource temporarily unavailable'))).toBe(false);
  });
});
