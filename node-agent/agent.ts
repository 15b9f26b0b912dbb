// The node-agent: follows the records with a replica of its own, runs what they want of this machine, and says what became of
// it. It obeys nobody but the records; its supervisor can start it, countersign it and stop it.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Replica, ReplicaOptions } from '../bcdb/replica-api.ts';
import type { AgentStart, FromAgent } from '../core/agent-link.ts';
import { codeOf, toErrorData } from '../core/errors.ts';
import type { Verify } from '../core/keys.ts';
import { measureNode } from './capacity/measure.ts';
import { createPageAnswerer } from './data-plane/answer-page.ts';
import { type Farming, openFarming } from './farming.ts';
import { type AnnounceParts, announce } from './records/announce.ts';
import { createAuthor } from './records/author.ts';
import { createNodeKey } from './records/node-key.ts';
import { startUptime } from './records/uptime.ts';
import { createContainerRuntime } from './runtime/container-runtime.ts';
import { type Engine, openEngine } from './runtime/engine.ts';
import { createStatusBoard } from './status.ts';

/** What the agent is given by its entry, or by a test. */
export interface AgentParts {
  readonly openReplica: (options: ReplicaOptions) => Promise<Replica>;
  /** Decides whether a signature is good. */
  readonly verify: Verify;
  readonly agentVersion: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly send: (message: FromAgent) => void;
  readonly log: (line: string) => void;
}

export interface Agent {
  /** The farmer's answer to a `countersign` message. */
  countersigned(signature: Uint8Array): void;
  /** Ends everything that the agent started, except workloads when `drain` is false. */
  stop(drain: boolean): Promise<void>;
}

const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;
const STOP_PATIENCE_MS = 500;

/**
 * Starts the agent. Trouble with the engine or the network is shown in the status and tried again; what cannot get better by
 * waiting (a damaged or occupied replica) is handed to `onEnd`, after which the process should end.
 */
export function startAgent(start: AgentStart, parts: AgentParts, onEnd: (error: unknown) => void): Agent {
  const { folder } = start;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  mkdirSync(start.imagesFolder, { recursive: true, mode: 0o700 });
  const key = createNodeKey(start.nodeSeed);
  const board = createStatusBoard(key.id, Date.now(), parts.send);
  const stopping = new AbortController();
  // Undone in reverse order when the agent ends.
  const undo: (() => void | Promise<void>)[] = [];
  let farming: Farming | undefined;
  let onCountersigned: (signature: Uint8Array) => void = () => undefined;

  /** Tries until it succeeds, with growing pauses; what went wrong is shown meanwhile. Undefined when the agent ends first. */
  const insist = async <T>(what: string, attempt: () => Promise<T>): Promise<T | undefined> => {
    for (let pauseMs = FIRST_PAUSE_MS; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      try {
        const result = await attempt();
        board.set({ problem: null, nextTryMs: null });
        return result;
      } catch (error) {
        parts.log(`${what}: ${toErrorData(error).code} ${toErrorData(error).detail}`);
        board.fail(error);
        board.set({ nextTryMs: Date.now() + pauseMs });
        await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
    return undefined;
  };

  /** Waits for a person, as long as it takes. */
  const askFarmer: AnnounceParts['askFarmer'] = (statement) =>
    new Promise((resolve) => {
      onCountersigned = resolve;
      parts.send({ type: 'countersign', statement: { ...statement, features: [...statement.features] } });
    });

  const live = async (): Promise<void> => {
    board.set({});
    const replica = await openOrJoin(start, parts, key.netSeed, (error) => board.fail(error));
    undo.push(() => replica.close());
    const engine = await insist('container engine', () => openOwnEngine(start, parts));
    if (engine === undefined) return;
    undo.push(() => engine.stop());
    const runtime = createContainerRuntime(engine.socketPath, {
      grid: Buffer.from(replica.grid).toString('hex'),
      node: key.id,
      folder,
      imagesFolder: start.imagesFolder,
      registries: start.limits.registries,
    });
    const info = await insist('container engine', () => runtime.probe());
    if (info === undefined) return;
    const measured = measureNode(folder, start.limits);
    board.set({ engine: `${info.name} ${info.version}`, capacity: measured.capacity });
    await untilLive(replica, stopping.signal);
    if (stopping.signal.aborted) return;

    const author = createAuthor(replica, key);
    const { log, verify, agentVersion } = parts;
    farming = await openFarming({ replica, runtime, key, author, verify, folder, board, log });
    const { used } = farming;
    undo.push(startUptime({ replica, author, node: key, used, nowMs: () => performance.now(), log }));
    replica.handle('workload-http', createPageAnswerer({ replica, runtime, nodePublicKey: key.publicKey }));
    const features = ['container', ...measured.features];
    const statement = { farm: start.farm, capacity: measured.capacity, features, nodePublicKey: key.publicKey };
    await insist('announcement', () =>
      announce({ ...statement, replica, author, verify, agentVersion, folder, askFarmer }),
    );
    farming.wake(0);
  };

  const running = live().catch((error: unknown) => {
    board.fail(error);
    onEnd(error);
  });

  return {
    countersigned: (signature) => onCountersigned(signature),
    stop: async (drain) => {
      board.set({ state: 'stopping' });
      stopping.abort();
      // What waits for a person or for the network is left waiting.
      await Promise.race([running, sleep(STOP_PATIENCE_MS)]);
      await farming?.stop(drain);
      for (const step of undo.toReversed()) {
        await Promise.resolve(step()).catch((error: unknown) => parts.log(`stop: ${toErrorData(error).detail}`));
      }
    },
  };
}

/** Opens the replica in the agent's folder, or joins the grid with a new one. */
async function openOrJoin(
  start: AgentStart,
  parts: AgentParts,
  netSeed: Uint8Array,
  onError: ReplicaOptions['onError'],
): Promise<Replica> {
  // The owner's 3bot beside it distributes blocks already.
  const network = { helps: false };
  const options = { folder: join(start.folder, 'replica'), netSeed, onError, network, indexes: 'when asked' } as const;
  try {
    return await parts.openReplica({ ...options, start: { how: 'open' } });
  } catch (error) {
    if (codeOf(error) !== 'replica/not-found') throw error;
    return parts.openReplica({ ...options, start: { how: 'join', invitation: start.invitation } });
  }
}

function openOwnEngine(start: AgentStart, parts: AgentParts): Promise<Engine> {
  return openEngine({
    folder: start.folder,
    env: parts.env,
    ...(start.engineSocket === undefined ? {} : { socketPath: start.engineSocket }),
    ...(start.ownEngineOnly === undefined ? {} : { ownOnly: start.ownEngineOnly }),
  });
}

/** Records written on an old head would fork the node's chain: wait until the replica has caught up. */
function untilLive(replica: Replica, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (!signal.aborted && replica.state().state !== 'live') return;
      off();
      signal.removeEventListener('abort', check);
      resolve();
    };
    const off = replica.on('state', check);
    signal.addEventListener('abort', check);
    check();
  });
}
