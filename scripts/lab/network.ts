// A small network of its own for tests and the demo: hosts are network namespaces on one bridge, without any way out. Links can
// be cut, whole or in one direction, and healed. Needs root and iproute2 (feature `netns`). Everything is gone after `remove`.

import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';

/** One host: a namespace with one address. */
export type Host = { readonly name: string; readonly namespace: string; readonly address: string };

export type Network = {
  /** Makes a host; its address is free of every other in this network. */
  add(name: string): Host;
  host(name: string): Host;
  /** Runs a program on a host. */
  spawn(host: Host, command: readonly [string, ...string[]], options?: SpawnOptions): ChildProcess;
  /** Takes a host off the network, as when its cable is pulled. */
  unplug(host: Host): void;
  plugIn(host: Host): void;
  /** What `from` sends no longer arrives at `to`; the other way goes on. */
  block(from: Host, to: Host): void;
  /** Opens every block on the way to a host. */
  unblock(to: Host): void;
  remove(): void;
};

let networks = 0;

function run(command: readonly [string, ...string[]], input?: string): void {
  const [program, ...args] = command;
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', input });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${error?.message ?? stderr.trim()}`);
}

/** A fresh network in 10.99.0.0/16. `nsenter` instead of `ip netns exec`, which hides cgroups. */
export function createNetwork(): Network {
  const prefix = `lab${process.pid}${String.fromCharCode(97 + (networks++ % 26))}`;
  const hub = `${prefix}-hub`;
  const hosts = new Map<string, Host>();
  const within = (namespace: string, ...command: readonly [string, ...string[]]) =>
    ['nsenter', `--net=/run/netns/${namespace}`, ...command] as const;
  const ip = (namespace: string, words: string): void => run(within(namespace, 'ip', ...words.split(' ')));

  run(['ip', 'netns', 'add', hub]);
  ip(hub, 'link set lo up');
  // Multicast goes everywhere, as on a simple switch: machines on a LAN find each other by it.
  ip(hub, 'link add hub type bridge mcast_snooping 0');
  ip(hub, 'link set hub up');

  return {
    add(name) {
      const number = hosts.size + 1;
      const namespace = `${prefix}-${number}`;
      const address = `10.99.${number >> 8}.${number & 255}`;
      run(['ip', 'netns', 'add', namespace]);
      ip(namespace, 'link set lo up');
      ip(hub, `link add port${number} type veth peer name eth0 netns ${namespace}`);
      ip(hub, `link set port${number} master hub up`);
      ip(namespace, `addr add ${address}/16 dev eth0`);
      ip(namespace, 'link set eth0 up');
      ip(namespace, 'route add 224.0.0.0/4 dev eth0');
      run(
        within(namespace, 'nft', '-f', '-'),
        'table ip lab {\n chain in {\n type filter hook input priority 0;\n }\n}\n',
      );
      const host = { name, namespace, address };
      hosts.set(name, host);
      return host;
    },
    host(name) {
      const found = hosts.get(name);
      if (found === undefined) throw new Error(`no host ${name}`);
      return found;
    },
    spawn(host, [program, ...args], options = {}) {
      const [entering, ...rest] = within(host.namespace, program, ...args);
      return spawn(entering, rest, options);
    },
    unplug: (host) => ip(host.namespace, 'link set eth0 down'),
    plugIn(host) {
      ip(host.namespace, 'link set eth0 up');
      ip(host.namespace, 'route replace 224.0.0.0/4 dev eth0');
    },
    block: (from, to) =>
      run(within(to.namespace, 'nft', 'add', 'rule', 'ip', 'lab', 'in', 'ip', 'saddr', from.address, 'drop')),
    unblock: (to) => run(within(to.namespace, 'nft', 'flush', 'chain', 'ip', 'lab', 'in')),
    remove() {
      for (const { namespace } of hosts.values()) spawnSync('ip', ['netns', 'delete', namespace]);
      spawnSync('ip', ['netns', 'delete', hub]);
      hosts.clear();
    },
  };
}
