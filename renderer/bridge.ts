// The renderer's only way to the 3bot: a typed client that derives from the IPC contract. It parses every answer with the contract's
// schema before anyone sees it; what travels beneath is the transport's business.
import * as v from 'valibot';
import type { Call } from '../core/ipc/call.ts';
import { type ChangedEvent, type Channel, changedEvent, type Input, ipc, type Output } from '../core/ipc/contract.ts';
import { CallError } from './call-error.ts';
import type { Transport } from './transport.ts';

/** Calls by channel, change notices, and whether the line is up. */
export interface Bridge {
  /** Throws {@link CallError}; `ipc/disconnected` while the line is down. */
  readonly call: <C extends Channel>(channel: C, input: Input<C>) => Promise<Output<C>>;
  /** Tells of every change notice, in order. */
  readonly onChanged: (listener: (event: ChangedEvent) => void) => () => void;
  /** Tells when the line goes down or comes back. */
  readonly onLine: (listener: (isUp: boolean) => void) => () => void;
}

const outputSchemas: ReadonlyMap<string, v.GenericSchema> = new Map(
  Object.entries(ipc).flatMap(([topic, calls]) =>
    Object.entries<Call>(calls).map(([name, call]) => [`${topic}.${name}`, call.output] as const),
  ),
);

/** The client over a transport. */
export const createBridge = (transport: Transport): Bridge => ({
  call: async <C extends Channel>(channel: C, input: Input<C>): Promise<Output<C>> => {
    const output = await transport.call(channel, input);
    const answer = v.safeParse(outputSchemas.get(channel) ?? v.never(), output);
    if (!answer.success) {
      throw new CallError('ipc/bad-output', v.getDotPath(answer.issues[0]) ?? channel, false, undefined);
    }
    return answer.output as Output<C>; // parsed by this channel's own schema: the map loses the pairing, not the check
  },
  onChanged: (listener) =>
    transport.onEvent((name, payload) => {
      const event = name === 'changed' ? v.safeParse(changedEvent, payload) : null;
      if (event?.success === true) listener(event.output);
    }),
  onLine: (listener) => transport.onLine(listener),
});
