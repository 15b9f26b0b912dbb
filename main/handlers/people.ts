/** People's calls: the owner's contacts, names on the grid (claims, no identities), and the own profile. */
import { netProofBytes } from '../../core/bodies.ts';
import type { ipc } from '../../core/ipc/contract.ts';
import { sign } from '../../core/keys.ts';
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
        .then(({ items }) => [...items]),
    async prepareProfile({ name, roles }) {
      const replica = grid.need();
      const statement = netProofBytes({ grid: replica.grid, account: me(vault) });
      const netProof = vault.use('net', (seed) => sign(seed, statement));
      const proposal = await proposeRecord({
        replica,
        author: me(vault),
        kind: 'profile',
        body: { name, roles, net: replica.net, netProof },
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
