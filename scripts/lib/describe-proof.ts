// What a proven receipt says, in plain facts for a person or a program. Verifies nothing itself.

import { toHex } from '../../core/bytes.ts';
import { decodeDocument, documentHash, documentPrice } from '../../core/contract.ts';
import { addressOf } from '../../core/keys.ts';
import { formatTft } from '../../core/money.ts';
import type { Proven } from '../../core/receipt.ts';
import { parseBody } from '../../core/record.ts';

/** Facts by name; lists where there are several. A contract's facts come from the document inside its record. */
export function describeProof(proven: Proven): Readonly<Record<string, string | readonly string[]>> {
  const { record, header } = proven;
  const common = {
    grid: toHex(proven.grid),
    height: String(header.height),
    time: new Date(header.timeMs).toISOString(),
    record: toHex(record.id),
    kind: record.kind,
    author: addressOf(record.author),
    verdict: proven.verdict,
  };
  const typed = parseBody(record);
  if (typed.kind === 'transfer') {
    return { ...common, to: addressOf(typed.body.to), amount: `${formatTft(typed.body.amountStroops)} TFT` };
  }
  if (typed.kind !== 'contract') return common;
  const document = decodeDocument(typed.body.document);
  return {
    ...common,
    contract: toHex(documentHash(typed.body.document)),
    title: document.title,
    payer: addressOf(document.payer),
    price: `${formatTft(documentPrice(document))} TFT for ${document.termSeconds} s`,
    workload: document.workloads.map(
      (workload) => `${workload.name} on node ${toHex(workload.node)}: ${workload.image}`,
    ),
    signed: typed.body.approvals.map((approval) => `${approval.purpose} by ${addressOf(approval.signer)}`),
  };
}
