/** Where a packet stands, judged from its signatures, what the BCDB holds, and block time. Pure. */
import { toHex } from '../../core/bytes.ts';
import { documentPrice } from '../../core/contract.ts';
import type { PacketView, SignerView } from '../../core/ipc/views.ts';
import { addressOf, keyOf, type PublicKey } from '../../core/keys.ts';
import { type Quorum, quorumState, signersOf } from '../../core/quorum.ts';
import type { ContractView, OutboxView } from '../../core/views.ts';
import type { Entry } from './packet-store.ts';

/** What judging needs beside the packet itself. */
export type PacketContext = {
  readonly me: PublicKey;
  readonly myName: string | null;
  readonly nameOf: (address: string) => string | undefined;
  /** Owners of the farms whose nodes the document names. */
  readonly farmers: readonly string[];
  /** The contract, when it stands in the BCDB. */
  readonly contract: ContractView | null;
  /** What became of the record that was handed in for it. */
  readonly outbox: OutboxView | undefined;
  /** Block time. */
  readonly nowMs: number;
};

/** The quorum that a packet collects for. */
export const quorumOf = (entry: Entry): Quorum =>
  entry.packet.purpose === 'provision' ? entry.document.provision : entry.document.delete;

/** Hex keys of those who signed for the packet's own purpose. */
export const signedPeople = (entry: Entry): ReadonlySet<string> =>
  new Set(
    entry.packet.approvals
      .filter((approval) => approval.purpose === entry.packet.purpose)
      .map((approval) => toHex(approval.signer)),
  );

/** Addresses of the farmers who accepted. */
export const acceptedFarmers = (entry: Entry): ReadonlySet<string> =>
  new Set(
    entry.packet.approvals
      .filter((approval) => approval.purpose === 'accept')
      .map((approval) => addressOf(approval.signer)),
  );

/** True when all that the rules ask for is in the packet. */
function isComplete(entry: Entry, farmers: readonly string[]): boolean {
  if (!quorumState(quorumOf(entry), signedPeople(entry)).met) return false;
  if (entry.packet.purpose === 'delete') return true;
  const accepted = acceptedFarmers(entry);
  return farmers.every((farmer) => accepted.has(farmer)) && signedPeople(entry).has(toHex(entry.document.payer));
}

/** True when the quorum could not be met any more, even if all who did not decline signed. */
function isDeclined(entry: Entry, farmers: readonly string[]): boolean {
  const declined = new Set(Object.keys(entry.declines));
  if (farmers.some((farmer) => declined.has(farmer) && !acceptedFarmers(entry).has(farmer))) return true;
  const signed = signedPeople(entry);
  // Who signed after all has changed their mind.
  const possible = signersOf(quorumOf(entry)).filter((key) => signed.has(toHex(key)) || !declined.has(addressOf(key)));
  return !quorumState(quorumOf(entry), new Set(possible.map(toHex))).met;
}

function stateOf(entry: Entry, context: PacketContext): PacketView['state'] {
  const isDelete = entry.packet.purpose === 'delete';
  const { contract } = context;
  const isRecorded = contract !== null && (!isDelete || !['deploying', 'running'].includes(contract.state));
  if (isRecorded) return 'recorded';
  if (context.outbox?.state === 'pending') return 'recording';
  if (entry.isWithdrawn || isDeclined(entry, context.farmers)) return 'declined';
  if (!isDelete && context.nowMs > entry.document.signByMs) return 'expired';
  if (isComplete(entry, context.farmers)) return 'ready';
  const isMine = toHex(entry.packet.coordinator) === toHex(context.me);
  return isMine && !entry.isSent && signedPeople(entry).size === 0 ? 'draft' : 'signing';
}

function signerViews(entry: Entry, context: PacketContext): SignerView[] {
  const signed = signedPeople(entry);
  const myHex = toHex(context.me);
  const quorum = quorumOf(entry);
  const weights = new Map(
    quorum.signers.flatMap((signer) => ('key' in signer ? [[toHex(signer.key), signer] as const] : [])),
  );
  return signersOf(quorum).map((key) => {
    const hex = toHex(key);
    const address = addressOf(key);
    return {
      address,
      name: hex === myHex ? context.myName : (context.nameOf(address) ?? null),
      weight: Math.max(1, weights.get(hex)?.weight ?? 1),
      isRequired: weights.get(hex)?.required === true,
      hasSigned: signed.has(hex),
      isMe: hex === myHex,
    };
  });
}

/** The packet as a screen shows it. */
export function packetViewOf(entry: Entry, context: PacketContext): PacketView {
  const { document, packet } = entry;
  const quorum = quorumOf(entry);
  const signed = signedPeople(entry);
  const accepted = acceptedFarmers(entry);
  const state = stateOf(entry, context);
  const me = addressOf(context.me);
  const isSigner = signersOf(quorum).some((key) => toHex(key) === toHex(context.me));
  const haveISigned = signed.has(toHex(context.me)) || accepted.has(me);
  const mayAccept = packet.purpose === 'provision' && context.farmers.includes(me) && !accepted.has(me);
  const isOpen = state === 'draft' || state === 'signing' || state === 'ready';
  return {
    id: entry.id,
    contract: entry.contract,
    purpose: packet.purpose,
    title: document.title,
    from: addressOf(packet.coordinator),
    payer: addressOf(document.payer),
    state,
    signers: signerViews(entry, context),
    threshold: quorum.threshold,
    weight: quorumState(quorum, signed).weight,
    farmers:
      packet.purpose === 'delete'
        ? []
        : context.farmers.map((address) => ({
            address,
            name: address === me ? context.myName : (context.nameOf(address) ?? null),
            hasAccepted: accepted.has(address),
            declined: entry.declines[address] ?? null,
          })),
    workloads: document.workloads.map((workload) => ({
      name: workload.name,
      node: toHex(workload.node),
      image: workload.image,
      capacity: workload.capacity,
      price: workload.priceStroops,
    })),
    price: documentPrice(document),
    termSeconds: document.termSeconds,
    signByMs: document.signByMs,
    deployWithinMs: document.deployWithinMs,
    canISign: isOpen && ((isSigner && !signed.has(toHex(context.me))) || mayAccept),
    haveISigned,
    amICoordinator: toHex(packet.coordinator) === toHex(context.me),
    note: entry.note ?? (context.outbox?.state === 'rejected' ? context.outbox.code : null),
    updatedMs: entry.updatedMs,
  };
}

/** Everybody who must hear of a packet, but oneself: signers, farmers, the coordinator. */
export function audienceOf(entry: Entry, farmers: readonly string[], me: PublicKey): readonly PublicKey[] {
  const isMine = toHex(entry.packet.coordinator) === toHex(me);
  const all = isMine
    ? [...signersOf(quorumOf(entry)), ...(entry.packet.purpose === 'provision' ? farmers.map(keyOf) : [])]
    : [entry.packet.coordinator];
  const unique = new Map(all.map((key) => [toHex(key), key]));
  unique.delete(toHex(me));
  return [...unique.values()];
}
