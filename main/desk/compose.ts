/** From what a person filled in to a contract document: prices by the farm's asking price, people by address. Pure but for `random`. */
import { fromHex } from '../../core/bytes.ts';
import { type ContractDocument, checkDocument, documentSchema, encodeDocument } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import type { ParsedInput } from '../../core/ipc/contract.ts';
import { keyOf, type PublicKey } from '../../core/keys.ts';
import type { Quorum } from '../../core/quorum.ts';
import { parse } from '../../core/schema.ts';
import { askingPrice } from '../../core/units.ts';
import type { NodeView } from '../../core/views.ts';

type Composed = ParsedInput<'desk.compose'>;

const quorumOf = (input: Composed['provision']): Quorum => ({
  threshold: input.threshold,
  signers: input.signers.map(({ address, weight, isRequired }) => ({
    key: keyOf(address),
    weight,
    ...(isRequired ? { required: true } : {}),
  })),
});

/**
 * The canonical bytes of the document. `nodes` are those that the workloads name; `nowMs` is block time, so that the
 * deadline means the same to everybody. Throws `node/unknown`, `contract/*`, `quorum/*`, `key/bad-address`.
 */
export function composeDocument(
  input: Composed,
  context: {
    readonly grid: Uint8Array;
    readonly payer: PublicKey;
    readonly nodes: ReadonlyMap<string, NodeView>;
    readonly nowMs: number;
    readonly nonce: Uint8Array;
  },
): Uint8Array {
  const workloads = input.workloads.map((workload) => {
    const node = context.nodes.get(workload.node);
    if (node === undefined) throw new AppError('node/unknown', workload.node.slice(0, 16));
    return {
      name: workload.name,
      node: fromHex(workload.node),
      kind: 'container' as const,
      image: workload.image,
      ...(workload.command === undefined ? {} : { command: workload.command }),
      ...(workload.env === undefined ? {} : { env: workload.env }),
      capacity: workload.capacity,
      priceStroops: workload.priceStroops ?? atLeastOne(askingPrice(workload.capacity, node.prices, input.termSeconds)),
    };
  });
  const document: ContractDocument = parse(
    documentSchema,
    {
      v: 1,
      grid: context.grid,
      version: 1,
      title: input.title,
      payer: context.payer,
      workloads,
      termSeconds: input.termSeconds,
      signByMs: context.nowMs + input.signWithinMs,
      deployWithinMs: input.deployWithinMs,
      provision: quorumOf(input.provision),
      delete: quorumOf(input.delete),
      nonce: context.nonce,
    },
    'contract/malformed',
  );
  checkDocument(document);
  return encodeDocument(document);
}

/** A farm that asks nothing still gets the smallest amount, because a workload without a price is no contract. */
const atLeastOne = (amount: bigint): bigint => (amount > 0n ? amount : 1n);
