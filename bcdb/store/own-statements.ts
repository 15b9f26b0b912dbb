/** What a guardian said before its disk was set back, taken back from the stream: promises are older than memory. */
import { certifyBytes, decodeHeader, headerHash } from '../../core/block.ts';
import { equalBytes } from '../../core/bytes.ts';
import { decode } from '../../core/cbor.ts';
import { AppError } from '../../core/errors.ts';
import { decodeMove, decodePrepare } from '../../core/guardian.ts';
import type { PublicKey } from '../../core/keys.ts';
import type { ExecutorParts } from './executor.ts';
import type { Promises } from './guardian-promises.ts';

export type OwnStatement = {
  /** `[bytes, guardian, signature]` */
  readonly statement: Uint8Array;
  /** Of the stream in which it was found. */
  readonly epoch: number;
  readonly key: PublicKey;
  readonly parts: Pick<ExecutorParts, 'grid' | 'verify'>;
  readonly promises: Promises;
};

/** Throws `cbor/*`, `guardian/bad-statement`, `replica/forked-head`. */
export function adoptStatement({ statement, epoch, key, parts, promises }: OwnStatement): void {
  const travelled = decode(statement);
  if (!Array.isArray(travelled)) throw new AppError('guardian/bad-statement', 'no statement');
  const [bytes, guardian, signature] = travelled as unknown[];
  const isSigned = bytes instanceof Uint8Array && guardian instanceof Uint8Array && signature instanceof Uint8Array;
  if (!isSigned) throw new AppError('guardian/bad-statement', 'no statement');
  if (!equalBytes(guardian, key)) return;
  const { verify, grid } = parts;
  const check = { guardians: [key], verify };
  const inner = decode(bytes);
  const say = typeof inner === 'object' && inner !== null && 'say' in inner ? inner.say : undefined;
  const isOfGrid = (said: { readonly grid: Uint8Array }): boolean => equalBytes(said.grid, grid);
  if (say === '3bot/prepare') {
    const { said } = decodePrepare(statement, check);
    if (!isOfGrid(said)) return;
    promises.together(() => {
      promises.moveTo(said.epoch);
      promises.prepare(said, said.header, () => statement);
    });
  } else if (say === '3bot/move') {
    const { said } = decodeMove(statement, check);
    if (isOfGrid(said)) promises.together(() => promises.moveTo(said.epoch));
  } else if (say === '3bot/header') {
    const header = decodeHeader(bytes, 'guardian/bad-statement');
    if (!verify(signature, certifyBytes(bytes, epoch), key)) {
      throw new AppError('guardian/bad-statement', 'bad signature');
    }
    if (!isOfGrid(header)) return;
    promises.together(() => {
      promises.moveTo(epoch);
      promises.adoptSigned({ height: header.height, epoch }, headerHash(bytes), signature);
    });
  }
}
