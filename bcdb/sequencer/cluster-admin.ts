/** What the system user of our own server asks of the cluster: forget a peer, and who is connected. */
import type { NatsConnection } from '@nats-io/transport-node';

const requestMs = 3000;

/**
 * Takes servers out of the cluster for good, by name. Every guardian asks; the first one is heard, the others are told that
 * there is no such peer, which is what they wanted.
 */
export async function dropPeers(
  system: NatsConnection,
  names: readonly string[],
  log: (line: string) => void,
): Promise<void> {
  for (const peer of names) {
    try {
      const answer = await system.request('$JS.API.SERVER.REMOVE', JSON.stringify({ peer }), { timeout: requestMs });
      log(`removing ${peer.slice(0, 8)}: ${answer.string().slice(0, 200)}`);
    } catch (error) {
      log(`removing ${peer.slice(0, 8)}: ${String(error)}`); // no leader now: another guardian's request may come through
    }
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
