/**
 * Whose packets keep their place on a desk, so that strangers can neither fill it nor take a packet over. Pure.
 */
import { equalBytes, toHex } from '../../core/bytes.ts';
import type { PublicKey } from '../../core/keys.ts';
import type { Packet } from '../../core/packet.ts';
import type { Entry } from './packet-store.ts';

/** No more packets than this lie on one desk. */
export const mostPackets = 1000;

/**
 * Who coordinates from now on, when `packet` came from its own coordinator. The first claim stands, because a document
 * names no coordinator; only its payer, whose money it is, takes a packet back from a stranger who was faster.
 */
export function strongerClaim(known: Entry, packet: Packet, me: PublicKey): PublicKey {
  const { coordinator } = known.packet;
  const isPayers = equalBytes(packet.coordinator, known.document.payer) && !equalBytes(coordinator, me);
  return isPayers ? packet.coordinator : coordinator;
}

/**
 * The packet that leaves a full desk: one that is over, else the oldest of the coordinator who brought most. Never one
 * in which somebody of `isKept` (oneself, one's contacts) coordinates or has signed. Undefined when all stay.
 */
export function givesWay(
  newestFirst: readonly Entry[],
  isKept: (key: PublicKey) => boolean,
  nowMs: number,
): Entry | undefined {
  const strangers = newestFirst.filter(
    ({ packet }) => !isKept(packet.coordinator) && !packet.approvals.some(({ signer }) => isKept(signer)),
  );
  const isOver = (entry: Entry): boolean =>
    entry.isWithdrawn || (entry.packet.purpose === 'provision' && nowMs > entry.document.signByMs);
  const byCoordinator = Map.groupBy(strangers, ({ packet }) => toHex(packet.coordinator));
  const [most] = [...byCoordinator.values()].toSorted((a, b) => b.length - a.length);
  return strangers.findLast(isOver) ?? most?.at(-1);
}
