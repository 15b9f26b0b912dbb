/**
 * The IPC contract: one value. Types, channel names, the bridge, handlers and their tests derive from it.
 * No secret crosses it but the 24 words on their way to the person's own eyes (`newWords`, `revealWords`) and what
 * the person types (`restore`, passphrases).
 */
import * as v from 'valibot';
import { acceptRulesSchema, mostBlocked, placeSchema } from '../bodies.ts';
import * as list from '../query-views.ts';
import { anyBytes, capacitySchema, integer, positiveStroops, pricesSchema, text, timeMs } from '../schema.ts';
import * as grid from '../views.ts';
import {
  type CallOf,
  type ChannelOf,
  call,
  channelsOf,
  type InputOf,
  type OutputOf,
  type ParsedInputOf,
} from './call.ts';
import * as app from './views.ts';

const nothing = v.null();
const paging = { after: v.optional(list.cursorText), limit: integer(1, 500) };
const pageEntries = <S extends v.GenericSchema>(item: S) => ({
  items: v.array(item),
  next: v.nullable(list.cursorText),
});
const pageOf = <S extends v.GenericSchema>(item: S) => v.strictObject(pageEntries(item));
/** `floor`: what was at heights up to this one is not kept on this machine. */
const keptPageOf = <S extends v.GenericSchema>(item: S) =>
  v.strictObject({ ...pageEntries(item), floor: v.nullable(integer(0)) });
const passphrase = v.optional(v.pipe(v.string(), v.maxLength(1024)));
const name = text(40, 1);
const words = v.pipe(v.string(), v.maxLength(400));
const packetBytes = v.pipe(anyBytes, v.maxLength(200_000));

/** A quorum as a person composes it: people by address. */
const quorumInput = v.strictObject({
  threshold: integer(0, 1_000_000),
  signers: v.pipe(
    v.array(v.strictObject({ address: grid.addressText, weight: integer(0, 1_000_000), isRequired: v.boolean() })),
    v.maxLength(1000),
  ),
});

const workloadInput = v.strictObject({
  name: v.pipe(v.string(), v.maxLength(32)),
  node: grid.idText,
  image: v.pipe(v.string(), v.maxLength(255)),
  command: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(1024))), v.maxLength(64))),
  env: v.optional(v.record(v.pipe(v.string(), v.maxLength(64)), v.pipe(v.string(), v.maxLength(1024)))),
  capacity: capacitySchema,
  /** Absent: the farm's asking price for the term. */
  priceStroops: v.optional(positiveStroops),
});

const object = v.picklist(['account', 'profile', 'farm', 'node', 'contract']);

export const ipc = {
  app: {
    info: call(nothing, app.appView),
    settings: call(nothing, app.settingsSchema),
    saveSettings: call(app.settingsSchema, app.settingsSchema),
    posture: call(nothing, app.postureView),
  },
  watch: {
    /** What wants its owner's eyes, most urgent first; empty while there is no grid or no key to it. */
    notices: call(nothing, v.array(app.noticeView)),
  },
  identity: {
    state: call(nothing, app.identityView),
    /** Makes 24 new words and keeps them in main until `create`; refused when an identity exists. */
    newWords: call(nothing, v.strictObject({ words: v.array(v.string()), ask: v.array(integer(0, 23)) })),
    /** `answers`: the words at the positions of `ask`, to show that they were written down. */
    create: call(v.strictObject({ name, answers: v.array(v.string()), passphrase }), app.identityView),
    restore: call(v.strictObject({ name, words, passphrase }), app.identityView),
    unlock: call(v.strictObject({ passphrase }), app.identityView),
    lock: call(nothing, app.identityView),
    changePassphrase: call(v.strictObject({ current: passphrase, next: passphrase }), app.identityView),
    revealWords: call(v.strictObject({ passphrase }), v.strictObject({ words: v.array(v.string()) })),
  },
  grid: {
    state: call(nothing, v.nullable(grid.replicaView)),
    /** What of it is on this machine's disk; null while this 3bot is on no grid or not let in. */
    storage: call(nothing, v.nullable(grid.storageView)),
    /**
     * Makes a grid with this 3bot as its one guardian. `allocations` are in the genesis, for all to see.
     * Periods absent: the default policy.
     */
    create: call(
      v.strictObject({
        name: text(60, 1),
        allocations: v.array(v.strictObject({ address: grid.addressText, amountStroops: positiveStroops })),
        /** Who can reach it: programs of this machine (the default), or whoever has an invitation. */
        reach: v.optional(v.picklist(['local', 'open'])),
        rewardPeriodMs: v.optional(integer(1000)),
        settleMs: v.optional(integer(1000)),
        uptimeGraceMs: v.optional(integer(1000)),
      }),
      grid.replicaView,
    ),
    join: call(v.strictObject({ invitation: v.pipe(v.string(), v.maxLength(4096)) }), grid.replicaView),
    /** `text`: the code, or the link where a code would not be enough. */
    invitation: call(nothing, v.strictObject({ text: v.string(), link: v.string() })),
    books: call(v.strictObject({ height: v.optional(integer(0)) }), grid.booksView),
    blocks: call(v.strictObject(paging), keptPageOf(grid.blockView)),
    /** Lies that this replica found, with both sides' bytes; newest first. */
    evidence: call(v.strictObject(paging), pageOf(grid.evidenceView)),
    /** The proof that a guardian said two things, by the finding's `position`, as a file for the offline verifier. */
    proof: call(v.strictObject({ position: integer(1) }), v.strictObject({ fileName: v.string(), bytes: anyBytes })),
    record: call(v.strictObject({ id: grid.idText }), v.nullable(grid.recordView)),
    history: call(v.strictObject({ object, id: v.string(), ...paging }), keptPageOf(grid.historyView)),
    /** The object as it stood at a height, as readable JSON text; null when it was not there. */
    objectAt: call(v.strictObject({ object, id: v.string(), height: integer(0) }), v.nullable(v.string())),
    outbox: call(v.strictObject({ limit: integer(1, 500) }), v.array(grid.outboxView)),
    /** Hands in a record that somebody signed; it goes through the same door as every other. */
    submit: call(v.strictObject({ record: v.pipe(anyBytes, v.maxLength(262_144)) }), grid.outboxView),
    receipt: call(v.strictObject({ record: grid.idText }), v.strictObject({ fileName: v.string(), bytes: anyBytes })),
  },
  wallet: {
    account: call(nothing, grid.accountView),
    ledger: call(v.strictObject(paging), keptPageOf(grid.ledgerView)),
    prepareSend: call(
      v.strictObject({ to: grid.addressText, amountStroops: positiveStroops, memo: v.optional(v.string()) }),
      app.reviewView,
    ),
  },
  review: {
    /** Signs exactly what was shown: refused unless `digest` is that of the bytes of review `id`. */
    approve: call(v.strictObject({ id: grid.idText, digest: grid.idText }), app.outcomeView),
    drop: call(v.strictObject({ id: grid.idText }), nothing),
  },
  people: {
    contacts: call(nothing, v.array(app.contactView)),
    saveContact: call(app.contactView, nothing),
    removeContact: call(v.strictObject({ address: grid.addressText }), nothing),
    /** Profiles on the grid by name; names are claims, not identities. */
    search: call(v.strictObject({ search: v.pipe(v.string(), v.maxLength(60)) }), v.array(grid.profileView)),
    prepareProfile: call(
      v.strictObject({ name, roles: v.array(v.picklist(['farmer', 'consumer', 'architect'])) }),
      app.reviewView,
    ),
  },
  capacity: {
    nodes: call(
      v.strictObject({
        filter: list.nodeFilter,
        sort: list.nodeSort,
        descending: v.boolean(),
        offset: integer(0),
        limit: integer(1, 500),
      }),
      list.nodesView,
    ),
    node: call(v.strictObject({ id: grid.idText }), v.nullable(grid.nodeView)),
  },
  contracts: {
    /** Contracts in which this 3bot has a part: payer, signer, coordinator or farmer. */
    list: call(
      v.strictObject({ states: v.optional(v.array(v.picklist(grid.contractStates))) }),
      v.array(grid.contractView),
    ),
    get: call(v.strictObject({ id: grid.idText }), v.nullable(grid.contractView)),
    prepareTopup: call(v.strictObject({ id: grid.idText, amountStroops: positiveStroops }), app.reviewView),
    /** Fetches a page from a running workload through the node's Noise transport; the body is text, cut, inert. */
    fetch: call(
      v.strictObject({
        contract: grid.idText,
        workload: v.string(),
        path: v.pipe(v.string(), v.startsWith('/'), v.maxLength(1024)),
      }),
      v.strictObject({ status: integer(100, 599), contentType: v.string(), body: v.string() }),
    ),
    receipt: call(v.strictObject({ id: grid.idText }), v.strictObject({ fileName: v.string(), bytes: anyBytes })),
  },
  desk: {
    packets: call(nothing, v.array(app.packetView)),
    /** Prices and checks a new document; nothing is signed or sent. Throws `contract/*`, `quorum/*`. */
    compose: call(
      v.strictObject({
        title: v.string(),
        workloads: v.pipe(v.array(workloadInput), v.minLength(1), v.maxLength(64)),
        termSeconds: integer(1),
        signWithinMs: integer(1000),
        deployWithinMs: integer(1000),
        provision: quorumInput,
        delete: quorumInput,
      }),
      app.packetView,
    ),
    /** Sends the packet to all who must sign and to the farmers; repeats what did not arrive until the deadline. */
    send: call(v.strictObject({ id: grid.idText }), app.packetView),
    prepareSign: call(v.strictObject({ id: grid.idText }), app.reviewView),
    decline: call(v.strictObject({ id: grid.idText, reason: text(200) }), app.packetView),
    /** The record that puts the fully signed packet into the BCDB. Throws `contract/quorum-not-met` and the like. */
    prepareRecord: call(v.strictObject({ id: grid.idText }), app.reviewView),
    /** Opens a delete packet for a recorded contract. */
    openCancel: call(v.strictObject({ contract: grid.idText }), app.packetView),
    remove: call(v.strictObject({ id: grid.idText }), nothing),
    exportPacket: call(
      v.strictObject({ id: grid.idText }),
      v.strictObject({ fileName: v.string(), bytes: packetBytes }),
    ),
    importPacket: call(v.strictObject({ bytes: packetBytes }), app.packetView),
  },
  farm: {
    state: call(nothing, app.farmStateView),
    prepareFarm: call(
      v.strictObject({
        name: text(60, 1),
        place: placeSchema,
        prices: pricesSchema,
        accept: v.strictObject({
          ...v.omit(acceptRulesSchema, ['blocked']).entries,
          /** Whom the farm takes no contract from; absent: whom it took none from so far. */
          blocked: v.optional(v.pipe(v.array(grid.addressText), v.maxLength(mostBlocked))),
        }),
      }),
      app.reviewView,
    ),
    start: call(v.strictObject({ limits: app.limitsSchema }), app.farmStateView),
    /** Keeps them for the next start; while farming the node starts anew with them, and its workloads go on. */
    saveLimits: call(v.strictObject({ limits: app.limitsSchema }), app.farmStateView),
    stop: call(nothing, app.farmStateView),
  },
} as const;

/** What main tells its windows: a number that grows by one, and what to ask for again. On a gap: everything. */
export const changedEvent = v.strictObject({
  seq: integer(1),
  topics: v.array(v.picklist(['identity', 'grid', 'wallet', 'capacity', 'contracts', 'desk', 'farm', 'people', 'app'])),
  /** Height and block time, so that the top bar needs no call for each block. */
  head: v.nullable(v.strictObject({ height: integer(0), timeMs })),
});

export type Ipc = typeof ipc;
export type Channel = ChannelOf<Ipc>;
export type Input<C extends Channel> = InputOf<CallOf<Ipc, C>>;
export type ParsedInput<C extends Channel> = ParsedInputOf<CallOf<Ipc, C>>;
export type Output<C extends Channel> = OutputOf<CallOf<Ipc, C>>;
export type ChangedEvent = v.InferOutput<typeof changedEvent>;
export type Topic = ChangedEvent['topics'][number];

export const channels = channelsOf(ipc) as readonly Channel[];

/** The largest payload, in characters of JSON, that main reads. */
export const maxPayloadCharacters = 1_048_576;
