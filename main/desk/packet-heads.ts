/** The heads that packets carry: so that two people who co-sign also find out whether they see the same history. */
import type { Replica } from '../../bcdb/replica-api.ts';
import { laterHead, type Packet } from '../../core/packet.ts';

/** The packet with our own head, when that is the later one. */
export async function withHead(replica: Replica, packet: Packet): Promise<Packet> {
  const head = laterHead(packet.head, await replica.query('certifiedHead', {}));
  return { ...packet, ...(head !== undefined && { head }) };
}

/**
 * The packet after its head was held against our history; without a head that cannot be judged here, which must not
 * travel on in our name, nor hide a later one. Throws `replica/forked-head` when it proves another history, and
 * `replica/bad-certificate | bad-block | record/wrong-grid` for a false head.
 */
export async function withJudgedHead(replica: Replica, packet: Packet): Promise<Packet> {
  if (packet.head === undefined) return packet;
  const verdict = await replica.judgeHead(packet.head);
  const { head: _head, ...rest } = packet;
  return verdict === 'unproven' ? rest : packet;
}
