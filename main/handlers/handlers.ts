/** All handlers of the IPC contract, topic by topic. */
import type { ipc } from '../../core/ipc/contract.ts';
import type { House } from '../house.ts';
import type { Handlers } from '../ipc/handlers.ts';
import { appHandlers } from './app.ts';
import { capacityHandlers, contractHandlers } from './contracts.ts';
import { deskHandlers } from './desk.ts';
import { farmHandlers } from './farm.ts';
import { gridHandlers } from './grid.ts';
import { identityHandlers } from './identity.ts';
import { peopleHandlers } from './people.ts';
import { reviewHandlers, walletHandlers } from './wallet.ts';
import { watchHandlers } from './watch.ts';

export const handlersOf = (house: House): Handlers<typeof ipc> => ({
  app: appHandlers(house),
  watch: watchHandlers(house),
  identity: identityHandlers(house),
  grid: gridHandlers(house),
  wallet: walletHandlers(house),
  review: reviewHandlers(house),
  people: peopleHandlers(house),
  capacity: capacityHandlers(house),
  contracts: contractHandlers(house),
  desk: deskHandlers(house),
  farm: farmHandlers(house),
});
