/**
 * What a review says, in sentences, built from the canonical bytes that will be signed and from nothing else.
 * Names of people are the owner's own contacts; what others wrote is handed on as peer text, never inside a sentence.
 */
import { equalBytes, toHex } from '../../core/bytes.ts';
import {
  type ContractDocument,
  decodeDocument,
  documentHash,
  documentPrice,
  type Purpose,
} from '../../core/contract.ts';
import type { ReviewView } from '../../core/ipc/views.ts';
import { addressOf, type PublicKey } from '../../core/keys.ts';
import { formatTft } from '../../core/money.ts';
import type { Quorum } from '../../core/quorum.ts';
import { decodeSigned, parseBody, type TypedRecord } from '../../core/record.ts';
import { bytesPerGb, type Capacity } from '../../core/units.ts';

/** The person's own name for a key, or undefined. */
export type NameOf = (address: string) => string | undefined;

/** The part of a review that is words. */
export type Words = Pick<
  ReviewView,
  'action' | 'happens' | 'costs' | 'untilMs' | 'never' | 'peerTexts' | 'isDangerous'
>;

const tft = (stroops: bigint): string => `${formatTft(stroops)} TFT`;

/** Who reads the words: their own key is "you", and people are called by their contacts. */
type Reader = { readonly me: PublicKey; readonly nameOf: NameOf };

const isMe = (key: PublicKey, reader: Reader): boolean => equalBytes(key, reader.me);

/**
 * "you"; "Anna (GABC…WXYZ)" for a contact. A stranger is the whole address: one with the same ends is made in an hour, and
 * only a name of the owner's own says that the middle was compared before.
 */
function personOf(key: PublicKey, reader: Reader): string {
  if (isMe(key, reader)) return 'you';
  const address = addressOf(key);
  const name = reader.nameOf(address);
  return name === undefined ? address : `${name} (${address.slice(0, 4)}…${address.slice(-4)})`;
}

const isKnown = (key: PublicKey, reader: Reader): boolean =>
  isMe(key, reader) || reader.nameOf(addressOf(key)) !== undefined;

const short = (hex: string): string => `${hex.slice(0, 8)}…`;

/** "90 seconds", "36 hours", "30 days": the largest unit that is exact to a tenth. */
function durationOf(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const;
  const [name, size] = units.find(([, unit]) => seconds >= 2 * unit) ?? ['second', 1];
  const count = Math.round((seconds / size) * 10) / 10;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** "0.5 cores, 0.25 GB memory" */
function capacityWords(capacity: Capacity): string {
  const gb = (bytes: number): string => `${Math.round((bytes / bytesPerGb) * 100) / 100} GB`;
  return [
    `${capacity.cruMilli / 1000} ${capacity.cruMilli === 1000 ? 'core' : 'cores'}`,
    `${gb(capacity.mruBytes)} memory`,
    ...(capacity.sruBytes > 0 ? [`${gb(capacity.sruBytes)} SSD`] : []),
    ...(capacity.hruBytes > 0 ? [`${gb(capacity.hruBytes)} disk`] : []),
  ].join(', ');
}

const plain = { costs: null, untilMs: null, peerTexts: [], isDangerous: false } satisfies Partial<Words>;
const movesNothingElse = 'It cannot move anything else.';
const movesNoMoney = 'It cannot move any money.';

/** Words for a record, from its signed bytes; its author is who reads them. Throws what parsing throws. */
export function recordWords(signedBytes: Uint8Array, nameOf: NameOf): Words {
  const envelope = decodeSigned(signedBytes);
  return bodyWords(parseBody(envelope), { me: envelope.author, nameOf });
}

function bodyWords(record: TypedRecord, reader: Reader): Words {
  switch (record.kind) {
    case 'transfer': {
      const { to, amountStroops, memo } = record.body;
      return {
        ...plain,
        action: `Send ${tft(amountStroops)}`,
        happens: [
          `${tft(amountStroops)} goes to ${personOf(to, reader)}.`,
          ...(isKnown(to, reader) ? [] : ['This address is none of your contacts: compare it with its owner.']),
          'Once final it cannot be taken back.',
          ...(memo === undefined ? [] : [`The memo “${memo}” is public.`]),
        ],
        costs: amountStroops,
        never: [movesNothingElse],
      };
    }
    case 'profile':
      return {
        ...plain,
        action: 'Publish my profile',
        happens: [`Everybody on the grid sees the name “${record.body.name}” beside your address.`],
        never: [movesNoMoney],
      };
    case 'farm':
      return {
        ...plain,
        action: record.body.farm === undefined ? 'Create the farm' : 'Change the farm',
        happens: [
          `The farm “${record.body.name}” in ${record.body.place.city}, ${record.body.place.country} offers its nodes to everybody.`,
          `It asks ${tft(record.body.prices.cuHourStroops)} per compute unit and hour, ${tft(record.body.prices.suHourStroops)} per storage unit and hour.`,
          `What it earns goes to ${personOf(record.body.payout, reader)}.`,
          record.body.accept.auto
            ? 'Your 3bot accepts contracts at these prices by itself.'
            : 'You accept each contract yourself.',
          ...blockedWords(record.body.accept.blocked, reader),
        ],
        never: [movesNoMoney],
      };
    case 'contract': {
      const document = decodeDocument(record.body.document);
      return {
        ...documentWords(document, reader),
        action: 'Record the contract',
        happens: [
          `${tft(documentPrice(document))} of ${isMe(document.payer, reader) ? 'yours' : personOf(document.payer, reader)} gets locked and is paid out per second of running workload.`,
          ...workloadWords(document),
          `If it does not run within ${durationOf(document.deployWithinMs / 1000)}, all of it goes back.`,
        ],
      };
    }
    case 'topup':
      return {
        ...plain,
        action: `Add ${tft(record.body.amountStroops)}`,
        happens: [
          `${tft(record.body.amountStroops)} gets locked for contract ${short(toHex(record.body.contract))}, which runs longer for it.`,
        ],
        costs: record.body.amountStroops,
        never: [movesNothingElse],
      };
    case 'cancel':
      return {
        ...plain,
        action: 'End the contract',
        happens: [
          `Contract ${short(toHex(record.body.contract))} ends now: its workloads are removed with their data.`,
          'What was not earned yet goes back to who paid.',
        ],
        never: ['It cannot be undone.'],
        isDangerous: true,
      };
    default:
      return { ...plain, action: `Sign a ${record.kind} record`, happens: [], never: [] };
  }
}

const workloadWords = (document: ContractDocument): readonly string[] =>
  document.workloads.map(
    (workload) =>
      `“${workload.name}” runs on node ${short(toHex(workload.node))} with ${capacityWords(workload.capacity)} for ${tft(workload.priceStroops)}.`,
  );

/** All free text of a document, under its payer's mark: what it is called, and what exactly would run. */
function writtenBy(document: ContractDocument): Words['peerTexts'] {
  const author = addressOf(document.payer);
  const texts = document.workloads.flatMap(({ name, image, command, env }): (readonly [string, string])[] => [
    [`Image of ${name}`, image],
    ...(command === undefined ? [] : [[`Command of ${name}`, JSON.stringify(command)] as const]),
    ...(env === undefined ? [] : [[`Environment of ${name}`, JSON.stringify(env)] as const]),
  ]);
  return [['Title', document.title] as const, ...texts].map(([label, text]) => ({ label, text, author }));
}

/** "2 of 3 votes: Anna (GABC…WXYZ), must sign; GDEF…" */
const quorumWords = ({ threshold, signers }: Quorum, reader: Reader): string => {
  const votes = signers.reduce((sum, signer) => sum + signer.weight, 0);
  const each = signers.map((signer) => {
    const who = 'key' in signer ? personOf(signer.key, reader) : `(${quorumWords(signer.group, reader)})`;
    const weight = signer.weight === 1 ? '' : `, ${signer.weight} votes`;
    return `${who}${weight}${signer.required === true ? ', must sign' : ''}`;
  });
  return `${threshold} of ${votes} votes: ${each.join('; ')}`;
};

/** What a contract costs its reader: only who pays has costs. */
function documentWords(document: ContractDocument, reader: Reader): Words {
  const price = documentPrice(document);
  const isPayer = isMe(document.payer, reader);
  return {
    ...plain,
    action: '',
    happens: [],
    costs: isPayer ? price : null,
    untilMs: document.signByMs,
    never: isPayer
      ? [movesNothingElse, `It cannot cost more than ${tft(price)}.`]
      : [
          'It cannot move any TFT of yours.',
          `It cannot cost ${personOf(document.payer, reader)} more than ${tft(price)}.`,
        ],
    peerTexts: writtenBy(document),
    isDangerous: false,
  };
}

/** Words for an approval of `purpose`, from the document's bytes. Throws what parsing throws. */
export function approvalWords(documentBytes: Uint8Array, purpose: Purpose, reader: Reader): Words {
  const document = decodeDocument(documentBytes);
  const base = documentWords(document, reader);
  const id = short(toHex(documentHash(documentBytes)));
  const total = tft(documentPrice(document));
  if (purpose === 'delete') {
    return {
      ...base,
      action: 'Agree to end it',
      happens: [`You agree that contract ${id} ends early. With enough signatures its workloads are removed.`],
      costs: null,
      untilMs: null,
      never: [movesNoMoney, 'It is good for this contract only.'],
      isDangerous: true,
    };
  }
  return {
    ...base,
    action: purpose === 'accept' ? 'Accept the contract' : `Agree to lock ${total}`,
    happens: [
      `You agree ${isMe(document.payer, reader) ? 'to rent this' : `that ${personOf(document.payer, reader)} rents this`} for ${durationOf(document.termSeconds)}, for ${total} in all.`,
      ...workloadWords(document),
      `It begins with ${quorumWords(document.provision, reader)}.`,
      `It ends early with ${quorumWords(document.delete, reader)}.`,
    ],
    costs: purpose === 'accept' ? null : base.costs,
  };
}

const mostNamed = 5;

/** Whom a farm turns away, if anybody: the first few by name, the rest by number. */
function blockedWords(blocked: readonly PublicKey[], reader: Reader): readonly string[] {
  if (blocked.length === 0) return [];
  const named = blocked.slice(0, mostNamed).map((key) => personOf(key, reader));
  const more = blocked.length - named.length;
  return [`It takes no contract from ${named.join(', ')}${more === 0 ? '' : ` and ${more} more`}.`];
}

/** Words for letting a node join a farm. */
export const countersignWords = (node: Uint8Array, farm: Uint8Array, capacity: Capacity): Words => ({
  ...plain,
  action: 'Let the node join',
  happens: [`Node ${short(toHex(node))} joins your farm ${short(toHex(farm))} with ${capacityWords(capacity)}.`],
  never: [movesNoMoney, 'It cannot promise more capacity than this.'],
});

/** Readable data for the folded raw view: keys and ids as hex, amounts as text. */
export const readable = (value: unknown): string =>
  JSON.stringify(
    value,
    (_key, item: unknown) =>
      item instanceof Uint8Array ? `h'${toHex(item)}'` : typeof item === 'bigint' ? item.toString() : item,
    2,
  );
