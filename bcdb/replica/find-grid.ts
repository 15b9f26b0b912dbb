/**
 * From a code to a grid: meets members under the topic that the code leads to, and asks them for the rest. Nobody is
 * believed: the grid's id must begin with the code's bytes, and a genesis with that id must be shown.
 */
import { equalBytes, toHex } from '../../core/bytes.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import { gridStartOf, type Invitation } from '../../core/invitation.ts';
import { decodeRecord } from '../../core/record.ts';
import type { Net, NetOptions } from '../net/net-api.ts';
import { startNet } from '../net/net-process.ts';
import type { Peer } from '../net/protocol.ts';
import { decodeHello, type Hello, methods } from './methods.ts';

const requestMs = 8000;
/** Members asked in all: who fills a topic with liars gains nothing by more of them. */
const mostAsked = 64;

/** An invitation with the whole id. */
export type FoundGrid = Invitation & { readonly grid: Uint8Array };

type Wire = Pick<NetOptions, 'folder' | 'seed' | 'topic' | 'bootstrap' | 'host' | 'lan' | 'nodePath' | 'log'>;

/** Throws `grid/not-found` when nobody showed the grid within `timeoutMs`. */
export async function findGrid(short: Invitation, wire: Wire, timeoutMs: number): Promise<FoundGrid> {
  const found = Promise.withResolvers<FoundGrid>();
  const asked = new Set<string>();
  const ask = (peers: readonly Peer[]): void => {
    for (const { key } of peers) {
      if (asked.has(toHex(key)) || asked.size >= mostAsked) continue;
      asked.add(toHex(key));
      askMember(net, key, short).then(found.resolve, (error: unknown) => {
        wire.log?.(`${toHex(key).slice(0, 16)} showed no grid: ${codeOf(error) ?? String(error)}`);
        // A lost connection is no answer: whoever comes back is asked again.
        if (codeOf(error)?.startsWith('net/') === true) asked.delete(toHex(key));
      });
    }
  };
  const net = startNet({
    ...wire,
    publish: null,
    methods,
    onRequest: () => Promise.reject(new AppError('replica/not-executed-yet')),
    onPeers: ask,
  });
  const timer = setTimeout(
    () => found.reject(new AppError('grid/not-found', `in ${timeoutMs} ms`, { retry: true })),
    timeoutMs,
  );
  try {
    return await found.promise;
  } finally {
    clearTimeout(timer);
    await net.close();
  }
}

async function askMember(net: Net, peer: Uint8Array, short: Invitation): Promise<FoundGrid> {
  const hello = decodeHello(await net.request(peer, 'hello', new Uint8Array(0), { timeoutMs: requestMs }));
  const genesis = await net.request(peer, 'genesis', new Uint8Array(0), { timeoutMs: requestMs });
  checkGenesis(hello, genesis, short.gridStart);
  const peers = [peer, ...hello.peers.filter((key) => !equalBytes(key, peer))].slice(0, 16);
  // Where the code's link led us we stay: what a stranger calls a better entrance is not asked for.
  return { gridStart: short.gridStart, grid: hello.grid, feeds: hello.feeds, peers, bootstrap: short.bootstrap };
}

/** Throws `replica/bad-block` unless it is the genesis of the grid that was told, and that the code names. */
export function checkGenesis({ grid }: Pick<Hello, 'grid'>, record: Uint8Array, gridStart: Uint8Array): void {
  if (!equalBytes(gridStartOf(grid), gridStart)) throw new AppError('replica/bad-block', 'another grid');
  const { id, kind } = decodeRecord(record);
  if (kind !== 'genesis') throw new AppError('replica/bad-block', 'no genesis');
  if (!equalBytes(id, grid)) throw new AppError('replica/bad-block', 'the genesis of another grid');
}
