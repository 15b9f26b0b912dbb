// A guardian that comes to another state than the quorum stops signing for good, says why, and the others go on.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { decodeMessage } from '../../../../bcdb/guardian/messages.ts';
import { gridRules } from '../../../../bcdb/store/grid-rules.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { checkCertificate, type HeaderSignature } from '../../../../core/block.ts';
import { decode } from '../../../../core/cbor.ts';
import { Cluster } from '../../../support/office/cluster.ts';

vi.setConfig({ testTimeout: 60_000 });

let cluster: Cluster | undefined;
afterEach(() => {
  cluster?.end();
  cluster = undefined;
});

const odd = 2;

/** Rules that forget what a transfer did, from some moment on. */
function oddRules(): { rules: typeof gridRules; isOdd: boolean } {
  const made = {
    isOdd: false,
    rules: {
      ...gridRules,
      executeRecord(...args: Parameters<typeof gridRules.executeRecord>) {
        if (made.isOdd && args[1].kind === 'transfer') return;
        gridRules.executeRecord(...args);
      },
    },
  };
  return made;
}

describe('a guardian whose own result is another one', () => {
  test('halts on the certified block, keeps the evidence, and says nothing any more; the others go on', async () => {
    const own = oddRules();
    cluster = new Cluster({ guardians: 4, rulesOf: (index) => (index === odd ? own.rules : gridRules) });
    const grid = cluster;
    grid.startAll();
    expect(await grid.isAlive()).toBe(true);
    expect(grid.node(odd).state).toMatchObject({ isSigning: true, halted: null });
    own.isOdd = true;
    const others = [0, 1, 3].map((index) => grid.node(index));
    expect(await grid.isAlive(60_000, others)).toBe(true);
    await grid.schedule.run(60_000);
    const halted = grid.node(odd);
    expect(halted.state).toMatchObject({ isSigning: false, halted: { code: 'replica/diverged' } });
    expect(halted.alarm).toMatchObject({ code: 'replica/diverged', retry: false });
    const [found] = halted.store.query('evidence', { limit: 5 }).items;
    expect(found).toMatchObject({ what: 'divergence' });
    const [header, certificate] = decode(found?.theirs ?? new Uint8Array(0)) as [Uint8Array, HeaderSignature[]];
    const keys = grid.guardians.map(({ author }) => author.key);
    expect(() => checkCertificate(header, certificate, keys, verifySodium)).not.toThrow();

    const said: string[] = [];
    grid.sequencers.onPublish = (by, _epoch, bytes) => {
      if (by === odd) said.push(decodeMessage(bytes)?.kind ?? 'nothing');
    };
    const height = grid.heightOf(halted);
    expect(await grid.isAlive(60_000, others)).toBe(true);
    expect(said.filter((kind) => kind !== 'records')).toEqual([]);
    expect(grid.heightOf(halted)).toBe(height);
    expect(grid.violations).toEqual([]);
    for (const node of others) expect(node).toMatchObject({ alarm: null, state: { isSigning: true, halted: null } });

    grid.restart(odd);
    await grid.schedule.run(60_000);
    expect(grid.node(odd).state).toMatchObject({ isSigning: false, halted: { code: 'replica/diverged' } });
  });
});
