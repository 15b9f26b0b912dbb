// What a member must show for a code: nobody is believed for what they say.
import { expect, it } from 'vitest';
import { checkGenesis } from '../../../../bcdb/replica/find-grid.ts';
import { decodeHello, encodeHello } from '../../../../bcdb/replica/methods.ts';
import { decodeBlock } from '../../../../core/block.ts';
import { encode } from '../../../../core/cbor.ts';
import { gridStartOf } from '../../../../core/invitation.ts';
import { Author, foundGrid, seedOf } from '../../../support/bcdb-grid.ts';
import { codeFrom, openGuardianStore } from '../../../support/bcdb-store.ts';

it('a genesis whose id begins with the code, and is the grid that was named', () => {
  const founding = foundGrid([[new Author('alice'), 100n]]);
  const { store } = openGuardianStore(founding);
  const genesisOf = (block: Uint8Array): Uint8Array => decodeBlock(block).records[0] ?? new Uint8Array(0);
  const block = genesisOf(store.block(0));
  const start = gridStartOf(founding.grid);
  expect(codeFrom(() => checkGenesis(founding, block, start))).toBeUndefined();
  // Another grid that begins with the same bytes can be named, but has no genesis.
  const likeIt = founding.grid.with(31, (founding.grid[31] ?? 0) ^ 1);
  expect(codeFrom(() => checkGenesis({ grid: likeIt }, block, start))).toBe('replica/bad-block');
  expect(codeFrom(() => checkGenesis(founding, block, seedOf('other').slice(0, 16)))).toBe('replica/bad-block');
  const other = genesisOf(openGuardianStore(foundGrid([], { name: 'other' })).store.block(0));
  expect(codeFrom(() => checkGenesis(founding, other, start))).toBe('replica/bad-block');
  expect(codeFrom(() => checkGenesis(founding, Uint8Array.of(1), start))).toBeDefined();
  expect(codeFrom(() => checkGenesis(founding, block.subarray(0, 40), start))).toBeDefined();
  const alice = new Author('alice');
  const transfer = alice.transfer(founding.grid, alice.key, 1n);
  const named = { grid: alice.last };
  expect(codeFrom(() => checkGenesis(named, transfer, gridStartOf(named.grid)))).toBe('replica/bad-block');
});

it('what a member tells comes back as it was; more than sixteen of anything, or another shape, is refused', () => {
  const [grid, key] = [seedOf('grid'), seedOf('key')];
  const hello = { grid, feeds: [key], peers: [key], bootstrap: ['10.0.0.1:4000'] };
  expect(decodeHello(encodeHello(hello))).toEqual(hello);
  const crowd = Array.from({ length: 17 }, () => key);
  for (const wrong of [{ feeds: crowd }, { peers: crowd }, { bootstrap: ['10.0.0.1'] }, { grid: key.slice(1) }]) {
    expect(codeFrom(() => decodeHello(encodeHello({ ...hello, ...wrong })))).toBe('net/failed');
  }
  expect(codeFrom(() => decodeHello(encode({ say: '3bot/head', ...hello })))).toBe('net/failed');
});
