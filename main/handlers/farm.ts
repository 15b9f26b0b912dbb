/** The farm's calls: the farm record to review, and the switch. */
import { fromHex } from '../../core/bytes.ts';
import type { ipc } from '../../core/ipc/contract.ts';
import { type House, me, myAddress } from '../house.ts';
import type { Handlers } from '../ipc/handlers.ts';
import { proposeRecord } from '../review/record-proposal.ts';

export function farmHandlers(house: House): Handlers<typeof ipc>['farm'] {
  const { farm, grid, vault, reviews, contacts } = house;
  const view = () => farm.view(grid.replica);
  return {
    state: view,
    async prepareFarm({ name, place, prices, accept }) {
      const replica = grid.need();
      const [known] = await replica.query('farms', { owner: myAddress(vault), limit: 1 });
      const proposal = await proposeRecord({
        replica,
        author: me(vault),
        kind: 'farm',
        body: {
          ...(known === undefined ? {} : { farm: fromHex(known.id) }),
          name,
          place,
          prices,
          payout: me(vault),
          accept: { ...accept, blocked: [] },
        },
        nameOf: contacts.nameOf,
      });
      return reviews.propose(proposal);
    },
    async start({ limits }) {
      await farm.start(limits);
      return view();
    },
    async saveLimits({ limits }) {
      await farm.saveLimits(limits);
      return view();
    },
    async stop() {
      await farm.stop();
      return view();
    },
  };
}
