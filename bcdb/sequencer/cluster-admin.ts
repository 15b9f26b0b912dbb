/** What the system user of our own server asks of the cluster: forget a peer, and who is connected. */
import type { NatsConnection } from '@nats-io/transport-node';
import * as v from 'valibot';

const requestMs = 3000;

/** The server is no member, so it need not be removed. */
const notMember = 10040;

/**
 * Takes a server out of the cluster for good, by name; true when it is out. Only the cluster's leader answers, so without
 * one it is to be tried again. Every guardian asks; the first one is heard.
 */
export async function dropPeer(system: NatsConnection, peer: string): Promise<boolean> {
  const body = JSON.stringify({ peer });
  const answer = await system.request('$JS.API.SERVER.REMOVE', body, { timeout: requestMs }).catch(() => undefined);
  const said = v.safeParse(removeAnswer, answer === undefined ? undefined : parseJson(answer.string()));
  return said.success && (said.output.success === true || said.output.error?.err_code === notMember);
}

const removeAnswer = v.object({
  success: v.optional(v.boolean()),
  error: v.optional(v.object({ err_code: v.optional(v.number()) })),
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not an answer
  }
}

/** Whether our own server has a route to one of these servers. */
export async function stillConnected(system: NatsConnection, names: readonly string[]): Promise<boolean> {
  const id = system.info?.server_id ?? '';
  const answer = await system
    .request(`$SYS.REQ.SERVER.${id}.ROUTEZ`, '{}', { timeout: requestMs })
    .catch(() => undefined);
  const text = answer?.string() ?? '';
  return names.some((name) => text.includes(`"remote_name":"${name}"`));
}
