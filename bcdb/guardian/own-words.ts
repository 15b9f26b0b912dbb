/** Finds in the stream what this guardian said itself, as its store takes it back (GuardianStore.adopt). Pure. */
import { certifyBytes } from '../../core/block.ts';
import { equalBytes } from '../../core/bytes.ts';
import { decodePrepare, encodeSigned } from '../../core/guardian.ts';
import type { PublicKey, Verify } from '../../core/keys.ts';
import type { Message } from './messages.ts';

/** Undefined: somebody else's word, or one that binds to nothing. `epoch`: of the stream. */
export function ownStatement(message: Message, self: PublicKey, verify: Verify, epoch: number): Uint8Array | undefined {
  try {
    if (message.kind === 'prepare') {
      decodePrepare(message.signed, { guardians: [self], verify });
      return message.signed;
    }
    if (message.kind !== 'commit' || !equalBytes(message.guardian, self)) return undefined;
    const { headerBytes, guardian, signature } = message;
    if (!verify(signature, certifyBytes(headerBytes, epoch), self)) return undefined;
    return encodeSigned(headerBytes, { guardian, signature });
  } catch {
    return undefined; // not ours
  }
}
