/** The configuration of our nats-server, as text. Pure: what stands in here decides who can reach it. */
import { isIP } from 'node:net';
import type { Seat } from '../../core/guardian.ts';

export type ServerConfig = {
  /** Unique and the same for ever: JetStream knows its peers by it. */
  readonly name: string;
  /** Servers of another cluster name are refused. */
  readonly cluster: string;
  /** Own folder of the server: store, certificate, key. */
  readonly paths: { readonly store: string; readonly pid: string; readonly ports: string };
  readonly tls: { readonly certificate: string; readonly key: string; readonly authorities: string };
  /** Public nkeys of the two users: who works with streams, and who manages the cluster. */
  readonly users: { readonly stream: string; readonly system: string };
  readonly storeBytes: number;
  /** Flush each write before it is acknowledged: known to servers of 2.10 and later. */
  readonly canSyncAlways: boolean;
  /** Undefined: a server alone, without a door to others. */
  readonly routes?:
    | { readonly listen: string; readonly advertise: string; readonly others: readonly string[] }
    | undefined;
};

const quoted = (text: string): string => JSON.stringify(text);

/** Most bytes of one message, without its headers: an epoch may begin with a whole block (guardian/messages). */
export const maxMessageBytes = 5 * 1024 * 1024;
/** Room for the headers of a message. */
export const headerBytes = 4096;

export function serverConfigText(config: ServerConfig): string {
  const { name, cluster, paths, tls, users, storeBytes, canSyncAlways, routes } = config;
  const clusterBlock =
    routes === undefined
      ? ''
      : `cluster {
  name: ${quoted(cluster)}
  listen: ${quoted(routes.listen)}
  cluster_advertise: ${quoted(routes.advertise)}
  no_advertise: true
  routes: [${routes.others.map((other) => quoted(`tls://${other}`)).join(', ')}]
  tls {
    cert_file: ${quoted(tls.certificate)}
    key_file: ${quoted(tls.key)}
    ca_file: ${quoted(tls.authorities)}
    verify: true
    timeout: 5
  }
}
`;
  return `# Written anew at each start of the guardian.
server_name: ${quoted(name)}
listen: "127.0.0.1:-1"
ports_file_dir: ${quoted(paths.ports)}
pid_file: ${quoted(paths.pid)}
max_payload: ${maxMessageBytes + headerBytes}
max_connections: 16
ping_interval: "5s"
ping_max: 2
logtime: false
reconnect_error_reports: 60
jetstream {
  store_dir: ${quoted(paths.store)}
  max_memory_store: 67108864
  max_file_store: ${storeBytes}
${canSyncAlways ? '  sync_interval: always\n' : ''}}
accounts {
  BCDB { jetstream: enabled, users: [ { nkey: ${users.stream} } ] }
  SYSTEM { users: [ { nkey: ${users.system} } ] }
}
system_account: SYSTEM
${clusterBlock}`;
}

/** Host and port of a route; IPv6 without brackets. */
export function splitRoute(route: Seat['route']): { readonly host: string; readonly port: number } {
  const colon = route.lastIndexOf(':');
  return { host: route.slice(0, colon), port: Number(route.slice(colon + 1)) };
}

/** `host:port` as a URL wants it: IPv6 in brackets. */
export const joinRoute = (host: string, port: number): string => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
