/** What this 3bot watches for its owner: gathers what stands and lets `main/watch` judge it. */
import { toHex } from '../../core/bytes.ts';
import type { ipc } from '../../core/ipc/contract.ts';
import { type House, myAddress } from '../house.ts';
import type { Handlers } from '../ipc/handlers.ts';
import { noticesOf, ofDatabase } from '../watch/notices.ts';
import { contractsOf } from './contracts.ts';

export function watchHandlers(house: House): Handlers<typeof ipc>['watch'] {
  return {
    async notices() {
      const { replica } = house.grid;
      if (replica === undefined) return [];
      const { head: present, healed } = replica.state();
      const ofIt = ofDatabase(toHex(replica.grid), healed, house.now());
      if (present === null) return ofIt;
      const [contracts, packets, outbox, farm, head] = await Promise.all([
        contractsOf(replica, myAddress(house.vault), ['running', 'failed']),
        house.services().packets.views(),
        replica.query('outbox', { limit: 100 }),
        house.farm.view(replica),
        replica.query('head', null),
      ]);
      return [...ofIt, ...noticesOf({ contracts, packets, outbox, farm, blockMs: head.timeMs, nowMs: house.now() })];
    },
  };
}
