/** The farm's calls: the farm record to review, and the switch. */
import type { Replica } from '../../bcdb/replica-api.ts';
import { fromHex } from '../../core/bytes.ts';
import type { ipc } from '../../core/ipc/contract.ts';
import { keyOf } from '../../core/keys.ts';
import { type House, me, myAddress } from '../house.ts';
import type { Handlers } from '../ipc/handlers.ts';
import { proposeRecord } from '../review/record-proposal.ts';

/** The most records on their way that are looked through. */
const mostPending = 100;

export function farmHandlers(house: House): Handlers<typeof ipc>['farm'] {
  const { farm, grid, vault, reviews, contacts } = house;
  const view = () => farm.view(grid.replica);
  return {
    state: view,
    async prepareFarm({ name, place, prices, accept }) {
      const replica = grid.need();
      const [known] = await replica.query('farms', { owner: myAddress(vault), limit: 1 });
      const farm = known?.id ?? (await pendingFarm(replica, myAddress(vault)));
      const blocked = accept.blocked ?? known?.blocked ?? [];
      const proposal = await proposeRecord({
        replica,
        author: me(vault),
        kind: 'farm',
        body: {
          ...(farm === undefined ? {} : { farm: fromHex(farm) }),
          name,
          place,
          prices,
          payout: me(vault),
          accept: { ...accept, blocked: blocked.map(keyOf) },
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

/** The id of a farm that was handed in and stands in no block yet: a second word about it changes it, and makes no other. */
async function pendingFarm(replica: Replica, author: string): Promise<string | undefined> {
  const handedIn = await replica.query('outbox', { author, limit: mostPending });
  return handedIn
    .filter(({ kind, state }) => kind === 'farm' && state === 'pending')
    .toSorted((a, b) => a.seq - b.seq)[0]?.id;
}
