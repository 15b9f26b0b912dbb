// The client of the Docker API, over one unix socket and nothing else.
import { Agent } from 'node:http';
import Docker from 'dockerode';

/** A client whose calls each make a connection of their own: a kept one would be dead after the engine restarts. */
export function connectEngine(socketPath: string, timeoutMs: number): Docker {
  // The client takes an agent; its type declarations do not know it.
  const options = { socketPath, timeout: timeoutMs, agent: new Agent({ keepAlive: false }) };
  return new Docker(options);
}
