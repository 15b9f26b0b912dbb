/**
 * The part of a scrub about what a guardian promised: every header that it signed by its signature, what it prepared by its
 * statement, its lock by the quorum in it, and that one thing alone was said at each place.
 */
import { certifyBytes, decodeHeader, headerHash } from '../../core/block.ts';
import { equalBytes } from '../../core/bytes.ts';
import { checkLock, decodePrepare } from '../../core/guardian.ts';
import type { PublicKey, Verify } from '../../core/keys.ts';
import { Chain } from './chain.ts';
import { type Db, plain } from './database.ts';
import { Promises } from './guardian-promises.ts';
import { openMeta } from './meta.ts';
import type { Check } from './scrub.ts';

type SignedRow = { epoch: number; hash: Buffer; signature: Buffer };
type CheckSigned = (height: number, headerBytes: Uint8Array, guardians: readonly PublicKey[]) => string | undefined;

/** What was signed at a height whose block is certified with these header bytes. `verify`: null leaves signatures out. */
export function checkSigned(db: Db, verify: Verify | null): CheckSigned {
  const read = db.prepare<[number], SignedRow>('SELECT epoch, hash, signature FROM signed WHERE height = ?');
  return (height, headerBytes, guardians) => {
    const header = decodeHeader(headerBytes);
    for (const { epoch, hash, signature } of read.all(height)) {
      if (!equalBytes(plain(hash), headerHash(headerBytes))) {
        // In an earlier epoch it may have signed another one, whose bytes are not kept; in the header's own there was none.
        if (epoch === header.epoch) return `in epoch ${epoch}, another header than the certified one`;
        continue;
      }
      if (epoch < header.epoch) return `in epoch ${epoch}, before it was proposed`;
      if (verify === null) continue;
      const message = certifyBytes(headerBytes, epoch);
      const isSigned = guardians.some((key) => verify(plain(signature), message, key));
      if (!isSigned) return `in epoch ${epoch}: not the signature of a guardian`;
    }
    return undefined;
  };
}

/** What is above the blocks, or beside them. */
export const promiseChecks: readonly Check[] = [
  ['prepares', checkPrepares],
  ['lock', checkStoredLock],
  ['moved', checkMoved],
];

type PrepareRow = { height: number; epoch: number; hash: Buffer; statement: Buffer };

function checkPrepares(db: Db, verify: Verify | null): string | undefined {
  const chain = new Chain(db, openMeta(db));
  const rows = db.prepare<[], PrepareRow>('SELECT height, epoch, hash, statement FROM prepares').all();
  for (const { height, epoch, hash, statement } of rows) {
    const check = { guardians: chain.guardians.at(height), verify: verify ?? (() => true) };
    const { said } = decodePrepare(plain(statement), check);
    const isSame = said.height === height && said.epoch === epoch && equalBytes(said.header, plain(hash));
    if (!isSame) return `height ${height}, epoch ${epoch}: says something else`;
  }
  return undefined;
}

function checkStoredLock(db: Db, verify: Verify | null): string | undefined {
  const meta = openMeta(db);
  const chain = new Chain(db, meta);
  const lock = new Promises(db).lock();
  const grid = meta.get('grid');
  if (lock === undefined || grid === undefined) return undefined;
  const { height, epoch, headerBytes, prepares, proposal } = lock;
  const header = decodeHeader(headerBytes);
  if (header.height !== height || header.epoch > epoch) return 'a header of another place';
  if (proposal.epoch !== header.epoch || proposal.position !== header.position) return 'another block than its header';
  const check = { guardians: chain.guardians.at(height), verify: verify ?? (() => true) };
  checkLock(
    { epoch, header: headerBytes, prepares: [...prepares] },
    { grid, height, header: headerHash(headerBytes) },
    check,
  );
  const signed = db
    .prepare<[number, number], SignedRow>('SELECT epoch, hash, signature FROM signed WHERE height = ? AND epoch = ?')
    .get(height, epoch);
  if (signed === undefined) return undefined;
  if (!equalBytes(plain(signed.hash), headerHash(headerBytes))) return 'another header than was signed';
  const message = certifyBytes(headerBytes, epoch);
  const isSigned = verify === null || check.guardians.some((key) => verify(plain(signed.signature), message, key));
  return isSigned ? undefined : `height ${height}: not the signature of a guardian`;
}

/** To prepare or sign in an epoch is a promise to have moved there. */
function checkMoved(db: Db): string | undefined {
  const highest = db
    .prepare<[], number>('SELECT max(epoch) FROM (SELECT epoch FROM prepares UNION ALL SELECT epoch FROM locks)')
    .pluck()
    .get();
  return (highest ?? 0) > new Promises(db).moved ? 'something was said in a later epoch' : undefined;
}
