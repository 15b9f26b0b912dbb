/** Which grid a folder belongs to: one for ever, unless its start never came to a first block. */
import { equalBytes } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { Chain } from './chain.ts';
import { type Incoming, incomingOf } from './executor.ts';
import type { Meta } from './meta.ts';
import type { StoreStart } from './store-options.ts';

/** `genesis`: of a grid that was founded here and has no block yet, also after a restart. */
export type Started = { readonly grid: Uint8Array; readonly genesis: Incoming | undefined };

/** Throws `replica/not-found` where nothing was started, `grid/exists` where another grid is. */
export function rememberStart(meta: Meta, chain: Chain, start: StoreStart): Started {
  const known = meta.get('grid');
  if (start.how === 'open') {
    if (known === undefined) throw new AppError('replica/not-found', 'no grid in this folder');
    const kept = chain.head === undefined ? meta.get('genesis') : undefined;
    return { grid: known, genesis: kept === undefined ? undefined : incomingOf(kept) };
  }
  const genesis = start.how === 'create' ? incomingOf(start.genesis) : undefined;
  const wanted = start.how === 'join' ? start.grid : incomingOf(start.genesis).id;
  if (known === undefined || !equalBytes(known, wanted)) {
    if (chain.head !== undefined) throw new AppError('grid/exists', 'this folder belongs to another grid');
    meta.set('grid', wanted);
  }
  if (start.how === 'create' && chain.head === undefined) meta.set('genesis', start.genesis);
  return { grid: wanted, genesis: chain.head === undefined ? genesis : undefined };
}
