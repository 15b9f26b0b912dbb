// The store certifies its guardian's TLS keys, and is no oracle for anything else.

import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { rootCertificate } from '../../../../bcdb/sequencer/certificates.ts';
import { foundSharedGrid, openGuardianStores } from '../../../support/bcdb-guardians.ts';
import { openTestStore } from '../../../support/bcdb-store.ts';

const request = {
  key: new Uint8Array(32).fill(5),
  host: 'alice.example',
  fromMs: Date.UTC(2026, 0, 1),
  untilMs: Date.UTC(2026, 6, 1),
};

describe('certifying a route', () => {
  test('a guardian’s store signs a certificate that its public key alone proves', () => {
    const founding = foundSharedGrid(3);
    const [first] = openGuardianStores(founding);
    const [guardian, other] = founding.guardians;
    if (first === undefined || guardian === undefined || other === undefined) throw new Error('three guardians');
    const leaf = new X509Certificate(first.store.certifySequencer(request));
    expect(leaf.subjectAltName).toBe('DNS:alice.example');
    expect(leaf.verify(new X509Certificate(rootCertificate(guardian.key)).publicKey)).toBe(true);
    expect(leaf.verify(new X509Certificate(rootCertificate(other.key)).publicKey)).toBe(false);
  });

  test('a store without a guardian’s key refuses', () => {
    const { grid } = foundSharedGrid(3);
    const member = openTestStore({ how: 'join', grid });
    expect(() => member.store.certifySequencer(request)).toThrow('net/refused');
  });
});
