/** The grid's calls: where this 3bot stands on it, what it holds, how to make or join one. Mostly passed on to the replica. */

import type { Replica } from '../../bcdb/replica-api.ts';
import { AppError } from '../../core/errors.ts';
import { decodeInvitation, encodeLink } from '../../core/invitation.ts';
import type { ipc } from '../../core/ipc/contract.ts';
import { genesisRecord } from '../grid/genesis.ts';
import { type House, me, myAddress } from '../house.ts';
import type { Handlers } from '../ipc/handlers.ts';
import { readable } from '../review/words.ts';

/** The file name of a receipt. */
export const receiptName = (what: string, id: string): string => `${what}-${id.slice(0, 12)}.receipt`;

/**
 * The receipt that proves most: who the guardians were from the genesis on, and that the record stands below the newest head
 * of now, so that who knows only that head can judge it too. Throws `replica/not-found | pruned`.
 */
export async function fullReceipt(replica: Replica, record: string): Promise<Uint8Array> {
  const { height } = await replica.query('head', null);
  return replica.query('receipt', { record, head: height });
}

export function gridHandlers(house: House): Handlers<typeof ipc>['grid'] {
  const { grid, vault } = house;
  const view = () => {
    const now = grid.view();
    if (now === null) throw new AppError('grid/none');
    return now;
  };
  return {
    state: () => grid.view(),
    storage: async () => (await grid.replica?.storage()) ?? null,
    async create(input) {
      const guardian = vault.publicKey('guardian');
      if (guardian === undefined) throw new AppError('vault/empty');
      const context = { author: me(vault), guardian, nowMs: house.now() };
      const genesis = vault.use('wallet', (seed) => genesisRecord(input, context, seed));
      await grid.create(genesis, input.reach);
      await house.announce();
      return view();
    },
    async join({ invitation }) {
      await grid.join(invitation);
      await house.announce();
      return view();
    },
    async invitation() {
      const text = await grid.need().invitation();
      const { gridStart, bootstrap } = decodeInvitation(text);
      return { text, link: encodeLink(gridStart, bootstrap) };
    },
    books: (input) => grid.need().query('books', input),
    blocks: (input) => grid.need().query('blocks', input).then(copyPage),
    evidence: (input) => grid.need().query('evidence', input).then(copyPage),
    async proof({ position }) {
      return {
        fileName: `two-statements-${position}.proof`,
        bytes: await grid.need().query('twoStatements', { position }),
      };
    },
    record: (input) => grid.need().query('record', input),
    history: (input) => grid.need().query('history', input).then(copyPage),
    async objectAt(input) {
      const object = await grid.need().query('objectAt', input);
      return object === null ? null : readable(object);
    },
    outbox: ({ limit }) =>
      grid
        .need()
        .query('outbox', { author: myAddress(vault), limit })
        .then((items) => [...items]),
    submit: ({ record }) => grid.need().submit(record),
    async receipt({ record }) {
      return { fileName: receiptName('record', record), bytes: await fullReceipt(grid.need(), record) };
    },
  };
}

/** A page that the contract's output may own. */
export const copyPage = <T, P extends { readonly items: readonly T[] }>(
  page: P,
): Omit<P, 'items'> & { items: P['items'][number][] } => ({ ...page, items: [...page.items] });
