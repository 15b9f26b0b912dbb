/** People's calls: the owner's contacts, names on the grid (claims, no identities), and the own profile. */
import { fromHex, toHex } from '../../core/bytes.ts';
import type { ipc } from '../../core/ipc/contract.ts';
import { type House, me } from '../house.ts';
import type { Handlers } from '../ipc/handlers.ts';
import { proposeRecord } from '../review/record-proposal.ts';

const mostFound = 50;

export function peopleHandlers(house: House): Handlers<typeof ipc>['people'] {
  const { contacts, changes, grid, vault, reviews, ownName } = house;
  return {
    contacts: () => contacts.all(),
    async saveContact(contact) {
      await contacts.save(contact);
      changes.mark('people', 'desk', 'wallet');
      return null;
    },
    async removeContact({ address }) {
      await contacts.remove(address);
      changes.mark('people', 'desk', 'wallet');
      return null;
    },
    search: ({ search }) =>
      grid
        .need()
        .query('profiles', { search, limit: mostFound })
        .then((found) => [...found]),
    async prepareProfile({ name, roles }) {
      const replica = grid.need();
      const proposal = await proposeRecord({
        replica,
        author: me(vault),
        kind: 'profile',
        body: { name, roles, net: fromHex(toHex(replica.net)) },
        nameOf: contacts.nameOf,
        onSubmitted: async () => {
          await ownName.save(name);
          changes.mark('identity');
        },
      });
      return reviews.propose(proposal);
    },
  };
}
