// What the thread around a store adds to it: when a guardian may speak as one.

import { expect, it } from 'vitest';
import { gridRules } from '../../../../bcdb/store/grid-rules.ts';
import type { FromStore } from '../../../../bcdb/store/protocol.ts';
import { serveStore } from '../../../../bcdb/store/serve-store.ts';
import { verifyAlone } from '../../../../bcdb/store/verify-pool.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { decode } from '../../../../core/cbor.ts';
import { foundGrid, seedOf } from '../../../support/bcdb-grid.ts';

it('a guardian claims its head as all there is only once it has taken office', () => {
  const { genesis, guardian } = foundGrid([]);
  const said: FromStore[] = [];
  const served = serveStore({
    rules: gridRules,
    verify: verifySodium,
    verifyMany: verifyAlone(verifySodium),
    clock: () => 1,
    say: (each) => said.push(each),
  });
  const isClaimed = (): boolean => {
    served.hear({ id: 2, name: 'headAnswer', input: [seedOf('nonce'), { net: seedOf('net'), feed: null }] });
    const answer = said.findLast((each) => each.type === 'done');
    const { claim } = decode(answer?.value as Uint8Array) as { claim: { isAll: boolean } };
    return claim.isAll;
  };
  const start = { how: 'create', genesis } as const;
  served.hear({ id: 1, name: 'open', input: [{ folder: ':memory:', start, guardianSeed: guardian.seed }] });
  const before = isClaimed();
  served.hear({ id: 3, name: 'order', input: [] });
  const after = isClaimed();
  served.hear({ id: 4, name: 'close', input: [] });
  expect([before, after]).toEqual([false, true]);
});
