// All test vectors of the blockchain database by file name, made anew: the same bytes every time, on every machine.

import { blockVectors, headerVectors, statementVectors } from './chain.ts';
import { merkleVectors, proofVectors } from './proofs.ts';
import { recordVectors } from './records.ts';

/** Name of each file in `test/vectors/`, and what it holds. */
export const vectorFiles = () => ({
  'records.json': recordVectors(),
  'headers.json': headerVectors(),
  'statements.json': statementVectors(),
  'blocks.json': blockVectors(),
  'merkle.json': merkleVectors(),
  'proofs.json': proofVectors(),
});

/** As it stands in the file. */
export const vectorText = (content: unknown): string => `${JSON.stringify(content, null, 2)}\n`;
