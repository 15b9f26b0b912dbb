/** Which grid a folder is of. */
import { equalBytes } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { Chain } from './chain.ts';
import { incomingOf } from './executor.ts';
import type { Meta } from './meta.ts';
import type { StoreStart } from './store-options.ts';

/** The grid's id; a folder belongs to one grid for ever, unless its start never came to a first block. */
export function gridOf(meta: Meta, chain: Chain, start: StoreStart): Uint8Array {
  const known = meta.get('grid');
  if (start.how === 'open') {
    if (known === undefined) throw new AppError('replica/not-found', 'no grid in this folder');
    return known;
  }
  const wanted = start.how === 'join' ? start.grid : incomingOf(start.genesis).id;
  if (known !== undefined && equalBytes(known, wanted)) return known;
  if (chain.head !== undefined) throw new AppError('grid/exists', 'this folder belongs to another grid');
  meta.set('grid', wanted);
  return wanted;
}
