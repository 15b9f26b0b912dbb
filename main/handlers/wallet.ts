/** The wallet's calls: the account, its statement, and what sending would do. Signs nothing; that is the review desk's. */
import type { ipc } from '../../core/ipc/contract.ts';
import { keyOf } from '../../core/keys.ts';
import { type House, me, myAddress } from '../house.ts';
import type { Handlers } from '../ipc/handlers.ts';
import { proposeRecord } from '../review/record-proposal.ts';
import { copyPage } from './grid.ts';

export function walletHandlers(house: House): Handlers<typeof ipc>['wallet'] {
  const { grid, vault, reviews, contacts } = house;
  return {
    account: () => grid.need().query('account', { address: myAddress(vault) }),
    ledger: (paging) =>
      grid
        .need()
        .query('ledger', { address: myAddress(vault), ...paging })
        .then(copyPage),
    async prepareSend({ to, amountStroops, memo }) {
      const proposal = await proposeRecord({
        replica: grid.need(),
        author: me(vault),
        kind: 'transfer',
        body: { to: keyOf(to), amountStroops, ...(memo === undefined || memo === '' ? {} : { memo }) },
        nameOf: contacts.nameOf,
      });
      return reviews.propose(proposal);
    },
  };
}

/** Signs what was shown, or puts it away. */
export function reviewHandlers({ reviews }: House): Handlers<typeof ipc>['review'] {
  return {
    approve: ({ id, digest }) => reviews.approve(id, digest),
    drop({ id }) {
      reviews.drop(id);
      return null;
    },
  };
}
