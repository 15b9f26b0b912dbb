/** The store worker as the office of a guardian drives it (bcdb/guardian/guardian-store-api.ts). */
import type { GuardianStore } from '../guardian/guardian-store-api.ts';
import type { StoreClient } from './store-client.ts';

export const guardianStore = ({ call }: Pick<StoreClient, 'call'>): GuardianStore => ({
  propose: (proposal, header) => call('propose', proposal, header),
  prepare: () => call('prepare'),
  lock: (epoch, prepares) => call('lock', epoch, prepares),
  certify: (certificate) => call('certify', certificate),
  tick: (epoch) => call('tick', epoch),
  move: (epoch) => call('move', epoch),
  epoch: () => call('epoch'),
  locked: () => call('locked'),
  epochRecord: (epoch, moves) => call('epochRecord', epoch, moves),
  adopt: (statement, epoch) => call('adopt', statement, epoch),
  accuse: (one, other) => call('accuse', one, other),
});
