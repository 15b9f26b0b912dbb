/**
 * Every error that a person or another process can see: one class, one documented union of codes.
 * Codes are `area/what`; words for people live in the renderer. Never put a secret into `detail`.
 */

/** All codes, by area. The union below derives from it; a code that is not here cannot be thrown. */
export const errorCodes = [
  // Encoding and records: what a guardian refuses before it costs disk.
  'cbor/malformed', // not CBOR, or a type that records never use (floats, tags, undefined)
  'cbor/not-canonical', // decodes, but is not what we would encode
  'record/malformed', // canonical, but not of the record's shape
  'record/too-large', // over the policy's limit
  'record/wrong-grid', // signed for another grid
  'record/bad-signature',
  'record/replayed', // seq already used by this author
  'record/gap', // seq or prev does not continue the author's chain
  'record/forked', // a second record for a seq that has one: one key on two machines
  'record/future-version', // a newer envelope: this app needs an update
  'record/unknown-kind', // a kind this version does not know: this app needs an update
  'record/kind-unsupported', // a known kind that this grid does not execute yet
  'record/rate-limited', // too many records by one author
  // Money.
  'money/insufficient',
  'money/bad-amount',
  'money/unknown-party',
  'money/memo-too-long',
  // Profiles, farms, nodes.
  'profile/bad-name',
  'profile/net-not-proven', // the transport key did not say that it belongs to this 3bot
  'farm/unknown',
  'farm/not-owner',
  'farm/bad-place',
  'node/unknown',
  'node/not-countersigned',
  'node/farm-changed', // a node cannot leave its farm by itself
  'node/no-capacity', // promised more than is free
  'node/down',
  // Quorums and contracts.
  'quorum/threshold-zero',
  'quorum/unreachable',
  'quorum/empty',
  'quorum/duplicate-signer',
  'quorum/required-not-listed',
  'quorum/too-deep',
  'quorum/bad-weight',
  'approval/bad-signature',
  'approval/wrong-purpose',
  'approval/not-a-signer',
  'approval/duplicate',
  'contract/malformed',
  'contract/duplicate-workload',
  'contract/secret-in-plain',
  'contract/quorum-not-met',
  'contract/payer-not-signed',
  'contract/farmer-not-accepted',
  'contract/exists',
  'contract/unknown',
  'contract/unknown-workload',
  'contract/deadline-passed',
  'contract/over-limit',
  'contract/wrong-version',
  'contract/already-ended',
  'contract/unfunded',
  'contract/price-below-asking',
  'contract/declined',
  'result/wrong-node',
  'result/bad-transition',
  // The replica.
  'replica/outdated', // the database was made by a newer version; it is never deleted
  'replica/diverged', // another execution hash than the guardians signed: stopped
  'replica/bad-certificate',
  'replica/bad-block',
  'replica/forked-head', // two certified headers at one height, or a head shorter or other than the pinned one
  'replica/disk-full',
  'replica/corrupt',
  'replica/healed', // its database was damaged: set aside, and fetched again
  'replica/outbox-lost', // and own records that were not final may be lost with it
  'replica/closed',
  'replica/in-use', // another process holds this profile
  'replica/not-found',
  'replica/not-executed-yet', // asked for a height above the head
  'grid/none', // this profile has joined no grid
  'grid/exists',
  'grid/bad-invitation',
  'grid/not-found', // nobody answered to a short code
  'query/bad-cursor',
  'query/too-many', // subscriptions at the same time
  'proof/malformed',
  'proof/wrong-grid',
  'proof/bad-signature',
  'proof/bad-path',
  'proof/bad-certificate',
  'proof/inconsistent', // the later history does not contain the earlier one
  'snapshot/malformed',
  'snapshot/wrong-root', // it is not the state that the guardians certified
  'snapshot/unavailable',
  'replica/pruned', // a light replica does not keep it: an archive has it
  'receipt/malformed',
  'receipt/wrong-grid',
  'receipt/bad-path',
  'receipt/bad-certificate',
  'receipt/bad-signature',
  // Network.
  // Guardians.
  'guardian/bad-statement', // not signed by a guardian of this grid, or not of its shape
  'guardian/quorum-not-met',
  'guardian/not-consented', // a new guardian must have signed too
  'guardian/bad-count', // one guardian, or three to seven
  'guardian/stale-policy', // made for an older version of the policy: make it again
  'guardian/second-policy', // the block has a policy record already: hand it in again
  'guardian/wrong-epoch',
  'guardian/bad-lock', // a header that could be certified was left out, or is not the one that was prepared
  'guardian/no-nats-server',
  'guardian/sequencer-failed',
  'guardian/stream-lost', // before the first block: it is opened again, and all is said again in it
  'guardian/damaged', // its database is damaged; it holds promises, so a person has to repair it
  'net/unreachable',
  'net/timeout',
  'net/too-large',
  'net/rate-limited',
  'net/refused',
  'net/offline',
  'net/gap',
  'net/unknown-method',
  'net/failed',
  // Keys, vault, keychain.
  'key/bad-words',
  'key/bad-address',
  'keychain/unavailable',
  'keychain/locked',
  'keychain/hung',
  'keychain/empty',
  'keychain/denied',
  'vault/exists',
  'vault/empty',
  'vault/locked',
  'vault/wrong-passphrase',
  'vault/passphrase-required',
  'vault/weak-passphrase',
  'vault/wait', // too many wrong passphrases: detail says until when
  'vault/damaged',
  'vault/other-machine',
  'vault/repair-needed',
  'vault/other-identity', // the words belong to another identity than the pinned one
  // IPC and hosts.
  'ipc/unknown-channel',
  'ipc/bad-sender',
  'ipc/too-large',
  'ipc/bad-input',
  'ipc/bad-output',
  'ipc/disconnected',
  'ipc/internal',
  'host/bad-ticket',
  'host/port-in-use',
  // Reviews, desk.
  'review/unknown',
  'review/stale', // something was signed since: prepare it again
  'review/digest-mismatch',
  'desk/unknown-draft',
  'desk/unknown-packet',
  'desk/bad-packet',
  'desk/unknown-peer', // no profile record says where this 3bot can be reached
  'desk/declined',
  'settings/damaged',
  // Node agent.
  'agent/not-farming',
  'agent/already-running',
  'agent/crashed',
  'agent/gave-up',
  'agent/no-container-engine',
  'agent/engine-failed',
  'agent/limit-mismatch',
  'agent/image-unavailable',
  'agent/image-mismatch',
  'agent/workload-failed',
  'agent/workload-unreachable',
  'agent/not-a-party',
  'agent/deadline-passed',
  'agent/not-for-me',
  'agent/disk-full',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

const known: ReadonlySet<string> = new Set(errorCodes);

/** Narrows a string from another process to a code of ours. */
export const isErrorCode = (value: unknown): value is ErrorCode => typeof value === 'string' && known.has(value);

/** What crosses a process boundary. `detail` is for logs and experts, at most a few hundred characters, never secret. */
export type ErrorData = { readonly code: ErrorCode; readonly detail: string; readonly retry: boolean };

/** The one error class. Match by `code`, never by instanceof across processes. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  /** True when the same call may succeed later without a change by the caller. */
  readonly retry: boolean;

  constructor(code: ErrorCode, detail = '', options: { readonly cause?: unknown; readonly retry?: boolean } = {}) {
    super(
      detail === '' ? code : `${code}: ${detail}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'AppError';
    this.code = code;
    this.detail = detail;
    this.retry = options.retry ?? false;
  }
}

/** The code of anything thrown, from this process or another; undefined when it is not one of ours. */
export function codeOf(error: unknown): ErrorCode | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return isErrorCode(code) ? code : undefined;
}

/** Flattens anything thrown for another process; what is not ours becomes `fallback`. */
export function toErrorData(error: unknown, fallback: ErrorCode = 'ipc/internal'): ErrorData {
  const code = codeOf(error);
  const detail = error instanceof AppError ? error.detail : error instanceof Error ? error.message : String(error);
  const retry = error instanceof AppError && error.retry;
  return { code: code ?? fallback, detail: detail.slice(0, 500), retry };
}

/** The other side of `toErrorData`. */
export const fromErrorData = (data: ErrorData): AppError => new AppError(data.code, data.detail, { retry: data.retry });
