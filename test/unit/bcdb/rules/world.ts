// A small grid for tests of the rules: people with real keys, signed approvals, blocks as the store executes them.

import { executeRecord } from '../../../../bcdb/rules/execute.ts';
import { executeGenesis } from '../../../../bcdb/rules/genesis.ts';
import { MemoryState } from '../../../../bcdb/rules/memory-state.ts';
import { passTime } from '../../../../bcdb/rules/time.ts';
import type { Contract, GridNode } from '../../../../bcdb/state.ts';
import { type Bodies, countersignBytes, type RecordKind } from '../../../../core/bodies.ts';
import { sha256, toHex, zero32 } from '../../../../core/bytes.ts';
import { encode } from '../../../../core/cbor.ts';
import {
  type Approval,
  approvalBytes,
  type ContractDocument,
  documentHash,
  encodeDocument,
  type Purpose,
} from '../../../../core/contract.ts';
import { codeOf, type ErrorCode } from '../../../../core/errors.ts';
import { defaultPolicy, type Policy } from '../../../../core/policy.ts';
import { type Envelope, recordId } from '../../../../core/record.ts';
import type { Capacity } from '../../../../core/units.ts';
import { type Person, person, signBy, verifyFast } from '../../../support/fast-keys.ts';

export { type Person, person, signBy };

export const tft = (amount: number): bigint => BigInt(Math.round(amount * 10_000_000));
const gb = 2 ** 30;
export const bigNode: Capacity = { cruMilli: 8000, mruBytes: 16 * gb, sruBytes: 400 * gb, hruBytes: 0 };
export const smallLoad: Capacity = { cruMilli: 1000, mruBytes: gb, sruBytes: 10 * gb, hruBytes: 0 };

/** Short times, so that a test can count them in its head: up for 100 s, settled every 10 s, rewarded every 1000 s. */
export const testPolicy: Policy = {
  ...defaultPolicy,
  rewards: { ...defaultPolicy.rewards, periodMs: 1_000_000, minUptimePermille: 950 },
  uptimeGraceMs: 100_000,
  contracts: { settleMs: 10_000, maxTermSeconds: 100_000, burnPermille: 0 },
};

export const startMs = 1_700_000_000_000;

/** One grid in memory; time is set by the caller and never goes back. */
export class World {
  readonly state = new MemoryState();
  readonly grid: Uint8Array;
  nowMs = startMs;
  #nonce = 0;
  #hasPolicy = false;

  constructor(policy: Policy = testPolicy, allocations: readonly (readonly [Person, bigint])[] = []) {
    const body: Bodies['genesis'] = {
      name: 'test grid',
      createdMs: startMs,
      guardians: [person('guardian').key],
      policy,
      allocations: allocations.map(([to, amountStroops]) => ({ to: to.key, amountStroops })),
    };
    const genesis = this.record('genesis', person('guardian'), body);
    this.grid = genesis.id;
    executeGenesis(this.state, genesis, startMs);
  }

  /** An envelope as the store hands it to the rules: signature and chain are not their business. */
  record(kind: RecordKind | string, author: Person, body: unknown): Envelope {
    this.#nonce += 1;
    const fields = { v: 1, grid: zero32, kind, author: author.key, seq: this.#nonce, prev: zero32 };
    const signedBytes = encode({ ...fields, body });
    const rest = { id: recordId(signedBytes), signedBytes, signature: new Uint8Array(64), bytes: signedBytes };
    return { ...fields, body: body as Record<string, unknown>, ...rest };
  }

  /** Time passes to `ms` after the start: a new block. */
  at(seconds: number): this {
    this.#hasPolicy = false;
    this.nowMs = startMs + Math.round(seconds * 1000);
    passTime(this.state, this.nowMs);
    return this;
  }

  /** One record in the block of the present time. The verdict: 'ok' or the refusal's code. */
  say<K extends RecordKind>(kind: K, author: Person, body: Bodies[K]): 'ok' | ErrorCode {
    return this.submit(this.record(kind, author, body)).code;
  }

  submit(record: Envelope): { readonly code: 'ok' | ErrorCode; readonly detail: string } {
    passTime(this.state, this.nowMs);
    this.state.begin();
    try {
      const { grid, nowMs: timeMs } = this;
      executeRecord(this.state, record, { grid, timeMs, verify: verifyFast, hasPolicy: this.#hasPolicy });
      this.state.commit();
      this.#hasPolicy ||= record.kind === 'policy';
      return { code: 'ok', detail: '' };
    } catch (error) {
      this.state.undo();
      const code = codeOf(error);
      if (code === undefined) throw error;
      return { code, detail: (error as { detail?: string }).detail ?? '' };
    }
  }

  pay(from: Person, to: Person, amountStroops: bigint, memo?: string): 'ok' | ErrorCode {
    return this.say('transfer', from, { to: to.key, amountStroops, ...(memo === undefined ? {} : { memo }) });
  }

  /** A farm of `owner`; answers its id. */
  farm(owner: Person, change: Partial<Bodies['farm']> = {}): Uint8Array {
    const record = this.record('farm', owner, { ...this.farmBody(owner), ...change });
    const { code } = this.submit(record);
    if (code !== 'ok') throw new Error(code);
    return record.id;
  }

  farmBody(owner: Person): Bodies['farm'] {
    return {
      name: `farm of ${owner.name}`,
      place: { country: 'BE', city: 'Ghent' },
      prices: { cuHourStroops: 1000n, suHourStroops: 500n },
      payout: person(`payout of ${owner.name}`).key,
      accept: { auto: true, minTermSeconds: 0, blocked: [] },
    };
  }

  nodeBody(node: Person, farm: Uint8Array, farmer: Person, capacity: Capacity = bigNode): Bodies['node'] {
    const said = { farm, capacity, features: ['container'], net: person(`net of ${node.name}`).key };
    const message = countersignBytes({ grid: this.grid, node: node.key, ...said });
    return { ...said, agentVersion: '0.1.0', countersignature: signBy(farmer, message) };
  }

  node(node: Person, farm: Uint8Array, farmer: Person, capacity: Capacity = bigNode): 'ok' | ErrorCode {
    return this.say('node', node, this.nodeBody(node, farm, farmer, capacity));
  }

  uptime(node: Person): 'ok' | ErrorCode {
    const used = { cruMilli: 0, mruBytes: 0, sruBytes: 0, hruBytes: 0 };
    return this.say('uptime', node, { sessionMs: 1, used });
  }

  /** 2 of 3 sign, the payer must; the same three may delete. */
  document(change: Partial<ContractDocument> = {}): ContractDocument {
    const [payer, a, b] = [person('consumer'), person('cosigner-a'), person('cosigner-b')];
    const signers = [
      { key: payer.key, weight: 1, required: true as const },
      { key: a.key, weight: 1 },
      { key: b.key, weight: 1 },
    ];
    const anyone = signers.map(({ key }) => ({ key, weight: 1 }));
    this.#nonce += 1;
    return {
      v: 1,
      grid: this.grid,
      version: 1,
      title: 'web',
      payer: payer.key,
      workloads: [this.workload('web', person('node'))],
      termSeconds: 100,
      signByMs: this.nowMs + 3_600_000,
      deployWithinMs: 60_000,
      provision: { threshold: 2, signers },
      delete: { threshold: 2, signers: anyone },
      nonce: sha256(encode(this.#nonce)).slice(0, 16),
      ...change,
    };
  }

  workload(
    name: string,
    node: Person,
    priceStroops = tft(10),
    capacity = smallLoad,
  ): ContractDocument['workloads'][number] {
    return { name, node: node.key, kind: 'container', image: `sha256:${'ab'.repeat(32)}`, capacity, priceStroops };
  }

  approve(document: ContractDocument, purpose: Purpose, ...who: readonly Person[]): readonly Approval[] {
    const hash = documentHash(encodeDocument(document));
    const message = approvalBytes({ grid: document.grid, purpose, document: hash, version: document.version });
    return who.map((each) => ({ signer: each.key, purpose, signature: signBy(each, message) }));
  }

  contractBody(document: ContractDocument, approvals?: readonly Approval[]): Bodies['contract'] {
    const all = approvals ?? [
      ...this.approve(document, 'provision', person('consumer'), person('cosigner-a')),
      ...this.approve(document, 'accept', person('farmer')),
    ];
    return { document: encodeDocument(document), approvals: [...all] };
  }

  contract(document: ContractDocument, approvals?: readonly Approval[]): 'ok' | ErrorCode {
    return this.say('contract', person('consumer'), this.contractBody(document, approvals));
  }

  result(
    node: Person,
    document: ContractDocument,
    state: Bodies['result']['state'],
    change: Partial<Bodies['result']> = {},
  ): 'ok' | ErrorCode {
    const contract = documentHash(encodeDocument(document));
    const workload = document.workloads[0]?.name ?? '';
    return this.say('result', node, { contract, version: document.version, workload, state, ...change });
  }

  topup(by: Person, document: ContractDocument, amountStroops: bigint): 'ok' | ErrorCode {
    return this.say('topup', by, { contract: documentHash(encodeDocument(document)), amountStroops });
  }

  cancel(document: ContractDocument, ...who: readonly Person[]): 'ok' | ErrorCode {
    const contract = documentHash(encodeDocument(document));
    const approvals = [...this.approve(document, 'delete', ...who)];
    return this.say('cancel', person('consumer'), { contract, version: document.version, approvals });
  }

  balance(who: Person): bigint {
    return this.state.get('account', who.hex)?.balance ?? 0n;
  }

  locked(who: Person): bigint {
    return this.state.get('account', who.hex)?.locked ?? 0n;
  }

  contractOf(document: ContractDocument): Contract {
    const contract = this.state.get('contract', toHex(documentHash(encodeDocument(document))));
    if (contract === undefined) throw new Error('no such contract');
    return contract;
  }

  nodeOf(node: Person): GridNode {
    const known = this.state.get('node', node.hex);
    if (known === undefined) throw new Error('no such node');
    return known;
  }

  /** The words of an object's life, oldest first. */
  life(id: string): readonly string[] {
    return this.state.history.filter((entry) => entry.id === id).map((entry) => entry.what);
  }
}
