/** The co-signing desk's calls, passed on to the desk of the open grid. */
import type { ipc } from '../../core/ipc/contract.ts';
import type { House } from '../house.ts';
import type { Handlers } from '../ipc/handlers.ts';

export function deskHandlers({ services }: House): Handlers<typeof ipc>['desk'] {
  const desk = () => services().desk;
  const packets = () => services().packets;
  return {
    packets: () => packets().views(),
    compose: (input) => desk().compose(input),
    send: ({ id }) => packets().send(id),
    prepareSign: ({ id }) => desk().prepareSign(id),
    decline: ({ id, reason }) => packets().decline(id, reason),
    prepareRecord: ({ id }) => desk().prepareRecord(id),
    openCancel: ({ contract }) => desk().openCancel(contract),
    async remove({ id }) {
      await packets().remove(id);
      return null;
    },
    exportPacket: ({ id }) => desk().exportPacket(id),
    async importPacket({ bytes }) {
      const view = await packets().importPacket(bytes);
      // A farmer's 3bot answers what came by file as it answers what came by network.
      void services().negotiator.answer();
      return view;
    },
  };
}
