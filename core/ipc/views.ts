/** What only the app itself knows and shows: identity, reviews, packets, the farm, settings. Grid data: core/views. */
import * as v from 'valibot';
import { purposes } from '../contract.ts';
import { errorCodes } from '../errors.ts';
import { isRegistry, mostRegistries } from '../image-name.ts';
import { hostAndPort, mostNamed } from '../invitation.ts';
import { capacitySchema, integer, stroops, text, timeMs } from '../schema.ts';
import { addressText, farmView, idText, nodeView } from '../views.ts';

const errorCode = v.picklist(errorCodes);
const problem = v.strictObject({ code: errorCode, detail: v.string() });

export const identityView = v.strictObject({
  state: v.picklist(['empty', 'locked', 'unlocked', 'repair']),
  /** Why it is in repair. */
  problem: v.nullable(problem),
  /** Known as soon as an identity exists, locked or not. */
  address: v.nullable(addressText),
  name: v.nullable(v.string()),
  hasPassphrase: v.boolean(),
  /** Where the data key sits, in words of the system ("GNOME Keyring"), or why there is no such place. */
  keychain: v.strictObject({ isUsable: v.boolean(), store: v.string(), problem: v.nullable(problem) }),
});

/** A text written by somebody else: shown inert, fenced, with its author's mark. */
const peerText = v.strictObject({ label: v.string(), text: v.string(), author: v.nullable(addressText) });

/** What a person decides on. Main builds it from the canonical bytes that it will sign, and from nothing else. */
export const reviewView = v.strictObject({
  id: idText,
  /** SHA-256 of the bytes to be signed: what is shown is what is signed is what is stored. */
  digest: idText,
  /** Four words of the digest, to compare over the phone. */
  digestWords: v.array(v.string()),
  kind: v.picklist(['record', 'approval', 'countersign']),
  /** The name of the act, as it stands on the button: "Send 12.5 TFT". */
  action: v.string(),
  /** What happens, in sentences. */
  happens: v.array(v.string()),
  costs: v.nullable(stroops),
  untilMs: v.nullable(timeMs),
  /** What it can never do, in sentences. */
  never: v.array(v.string()),
  peerTexts: v.array(peerText),
  isDangerous: v.boolean(),
  /** The bytes themselves in hex, and as readable data. */
  rawHex: v.string(),
  raw: v.string(),
});

export const outcomeView = v.strictObject({
  /** The record that was handed in; null when only an approval was given. */
  record: v.nullable(idText),
  /** The contract or packet that it was about. */
  contract: v.nullable(idText),
});

export const signerView = v.strictObject({
  address: addressText,
  name: v.nullable(v.string()),
  weight: integer(1),
  isRequired: v.boolean(),
  hasSigned: v.boolean(),
  isMe: v.boolean(),
});

/** A contract on its way to be signed by all who must: provision, or delete of a recorded one. */
export const packetView = v.strictObject({
  /** Document hash and purpose: the same packet from anywhere has the same id. */
  id: idText,
  contract: idText,
  purpose: v.picklist(purposes),
  title: v.string(),
  from: addressText,
  payer: addressText,
  /** draft: not sent yet; ready: all have signed; recorded: stands in the BCDB. */
  state: v.picklist(['draft', 'signing', 'ready', 'recording', 'recorded', 'declined', 'expired']),
  signers: v.array(signerView),
  threshold: integer(1),
  weight: integer(0),
  /** The farmers whose acceptance it needs; declined with a reason where they said no. */
  farmers: v.array(
    v.strictObject({
      address: addressText,
      name: v.nullable(v.string()),
      hasAccepted: v.boolean(),
      declined: v.nullable(v.string()),
    }),
  ),
  workloads: v.array(
    v.strictObject({ name: v.string(), node: idText, image: v.string(), capacity: capacitySchema, price: stroops }),
  ),
  price: stroops,
  termSeconds: integer(1),
  signByMs: timeMs,
  deployWithinMs: integer(0),
  canISign: v.boolean(),
  haveISigned: v.boolean(),
  amICoordinator: v.boolean(),
  /** Why the last attempt to deliver, decline or record failed, or what a peer said. */
  note: v.nullable(v.string()),
  updatedMs: timeMs,
});

export const agentStatusView = v.strictObject({
  state: v.picklist(['stopped', 'starting', 'running', 'pausing', 'gave-up', 'stopping']),
  /** Why it is stopped, paused or gave up. */
  problem: v.nullable(problem),
  engine: v.nullable(v.string()),
  capacity: v.nullable(capacitySchema),
  startedMs: v.nullable(timeMs),
  nextTryMs: v.nullable(timeMs),
  workloads: v.array(
    v.strictObject({ contract: idText, name: v.string(), state: v.string(), detail: v.nullable(v.string()) }),
  ),
});

/** What the farmer lends at most, and from where his node may fetch images. */
export const limitsSchema = v.strictObject({
  maxCruMilli: v.optional(integer(100)),
  maxMruBytes: v.optional(integer(1)),
  maxSruBytes: v.optional(integer(0)),
  /** Registries, each `host[:port]`, from which a contract's image may be fetched. Absent or empty: none. */
  registries: v.optional(v.pipe(v.array(v.pipe(v.string(), v.check(isRegistry))), v.maxLength(mostRegistries))),
});

export const farmStateView = v.strictObject({
  farm: v.nullable(farmView),
  node: v.nullable(nodeView),
  isFarming: v.boolean(),
  agent: agentStatusView,
  /** A node of this machine that asks to join the farm: to be reviewed and countersigned. */
  countersign: v.nullable(reviewView),
  limits: limitsSchema,
  /** Where image archives can be put that workloads name by digest. */
  imagesFolder: v.string(),
  earnedStroops: stroops,
});

/** The name stands in sentences of reviews, so it is as plain as any other text. */
export const contactView = v.strictObject({ address: addressText, name: text(40, 1) });

const themeSchema = v.picklist(['system', 'light', 'dark']);
/** How this 3bot meets others on grids that are open; from its next start on. */
const networkSettingsSchema = v.strictObject({
  /** `host:port` of the DHT nodes to start from; empty: those of the invitation, or the public ones. */
  bootstrap: v.pipe(v.array(hostAndPort), v.maxLength(mostNamed)),
  /** Look for members on the local network, and be found there. */
  usesLan: v.boolean(),
  /** Hand on blocks to others. */
  helps: v.boolean(),
});
export const defaultNetwork: v.InferOutput<typeof networkSettingsSchema> = {
  bootstrap: [],
  usesLan: true,
  helps: true,
};

/** How much history this computer keeps, from the next start on; `automatic`: all, while it is small beside the disk. */
const keepsSchema = v.picklist(['automatic', 'light', 'archive']);

export const settingsSchema = v.strictObject({
  theme: themeSchema,
  /** Minutes without a click after which the vault locks; 0: never. */
  autoLockMinutes: integer(0, 1440),
  network: v.optional(networkSettingsSchema, defaultNetwork),
  keeps: v.optional(keepsSchema, 'automatic'),
});

export const postureView = v.array(v.strictObject({ name: v.string(), isGood: v.boolean(), words: v.string() }));

/** Something that wants its owner's eyes; gone by itself when it is settled. */
export const noticeView = v.strictObject({
  kind: v.picklist([
    'cosign-waits',
    'contract-ends-soon',
    'contract-failed',
    'record-rejected',
    'node-down',
    'agent-stopped',
    'database-healed',
  ]),
  /** The packet, contract, record, node or grid that it is about. */
  about: idText,
  /** What its people call it: theirs, so inert; null where it has no name. */
  title: v.nullable(v.string()),
  /** A code, or a short machine word for the reason. */
  reason: v.nullable(v.string()),
  /** Until when to act, or since when it is so. */
  atMs: timeMs,
});

export const appView = v.strictObject({
  version: v.string(),
  host: v.picklist(['electron', 'browser']),
  profileFolder: v.string(),
  platform: v.string(),
});

export type IdentityView = v.InferOutput<typeof identityView>;
export type ReviewView = v.InferOutput<typeof reviewView>;
export type OutcomeView = v.InferOutput<typeof outcomeView>;
export type PacketView = v.InferOutput<typeof packetView>;
export type SignerView = v.InferOutput<typeof signerView>;
export type AgentStatusView = v.InferOutput<typeof agentStatusView>;
export type FarmStateView = v.InferOutput<typeof farmStateView>;
export type Limits = v.InferOutput<typeof limitsSchema>;
export type NoticeView = v.InferOutput<typeof noticeView>;
export type ContactView = v.InferOutput<typeof contactView>;
export type Settings = v.InferOutput<typeof settingsSchema>;
