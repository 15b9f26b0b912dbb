/**
 * Bootstrap nodes of our own: DHT nodes that are always there, from which members of a grid find each other without the
 * public ones. They know topics and addresses, never a grid or what is said in it. Starts nothing on import.
 */
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import HyperDHT from 'hyperdht';

export type BootstrapOptions = {
  /** The first of `bootstrapNodes` UDP ports in a row. */
  readonly port: number;
  /** The IPv4 address under which members reach this machine; by default its first one that is not loopback. */
  readonly host?: string | undefined;
};

export type BootstrapNodes = {
  /** `host:port` of the first node: what members need to know. */
  readonly address: string;
  close(): Promise<void>;
};

/** A member behind a NAT learns of it from several nodes that all see it; three are what hole punching asks for. */
const bootstrapNodes = 4;

const ownAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)?.address;

/** Runs them in this process. Throws RangeError with a sentence for the person, or code `EADDRINUSE`. */
export async function runBootstrap({ port, host = ownAddress() }: BootstrapOptions): Promise<BootstrapNodes> {
  if (host === undefined || !isIPv4(host) || host === '0.0.0.0') {
    throw new RangeError('--host is the IPv4 address under which others reach this machine');
  }
  if (!Number.isInteger(port) || port < 1024 || port > 65_536 - bootstrapNodes) {
    throw new RangeError(`--port is from 1024 to ${65_536 - bootstrapNodes}: it and the next three are used`);
  }
  const address = `${host}:${port}`;
  const nodes: HyperDHT[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.destroy()));
  };
  try {
    for (let index = 0; index < bootstrapNodes; index++) {
      const node = HyperDHT.bootstrapper(port + index, host, { bootstrap: index === 0 ? [] : [address] });
      nodes.push(node);
      await node.fullyBootstrapped();
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { address, close };
}
