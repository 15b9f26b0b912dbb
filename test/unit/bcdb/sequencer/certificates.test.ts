// Certificates by guardians' keys alone: read by OpenSSL, believed in a TLS handshake, refused where they must be.

import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { connect, createServer, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leafCertificate, pem, rootCertificate } from '../../../../bcdb/sequencer/certificates.ts';
import { identifier, time, unsigned } from '../../../../bcdb/sequencer/der.ts';
import { toHex } from '../../../../core/bytes.ts';
import { publicKeyOf, sign } from '../../../../core/keys.ts';

const seed = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const dayMs = 24 * 3600 * 1000;
const nowMs = Date.now();

/** A TLS key certified by the guardian of `fill`. */
function certified(fill: number, { host = '127.0.0.1', fromMs = nowMs - dayMs, untilMs = nowMs + dayMs } = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = new Uint8Array(Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url'));
  const der = leafCertificate({ key, host, fromMs, untilMs }, publicKeyOf(seed(fill)), (bytes) =>
    sign(seed(fill), bytes),
  );
  return { der, cert: pem(der, 'CERTIFICATE'), key: privateKey.export({ format: 'pem', type: 'pkcs8' }) };
}

describe('certificates of guardians', () => {
  test('a root says whose key it is, and is the same whoever derives it', () => {
    const guardian = publicKeyOf(seed(1));
    const root = new X509Certificate(rootCertificate(guardian));
    expect(root.subject).toBe(`CN=${toHex(guardian)}`);
    expect(root.issuer).toBe(root.subject);
    expect(root.ca).toBe(true);
    expect(root.publicKey.export({ format: 'jwk' }).x).toBe(Buffer.from(guardian).toString('base64url'));
    expect(new Date(root.validTo).getUTCFullYear()).toBe(9999);
    expect(rootCertificate(guardian)).toEqual(rootCertificate(Uint8Array.from(guardian)));
  });

  test('a leaf is signed by its guardian, for one address, both ends of a connection, and its time', () => {
    const root = new X509Certificate(rootCertificate(publicKeyOf(seed(1))));
    const leaf = new X509Certificate(certified(1, { host: '10.1.2.3' }).der);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.verify(new X509Certificate(rootCertificate(publicKeyOf(seed(2)))).publicKey)).toBe(false);
    expect(leaf.ca).toBe(false);
    expect(leaf.subjectAltName).toBe('IP Address:10.1.2.3');
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(Date.parse(leaf.validFrom)).toBe(Math.floor((nowMs - dayMs) / 1000) * 1000);
    expect(Date.parse(leaf.validTo)).toBe(Math.floor((nowMs + dayMs) / 1000) * 1000);
  });

  test.each([
    ['guardian.example.org', 'DNS:guardian.example.org'],
    ['2001:db8::7', 'IP Address:2001:DB8:0:0:0:0:0:7'],
    ['::1', 'IP Address:0:0:0:0:0:0:0:1'],
    ['fe80::a:b', 'IP Address:FE80:0:0:0:0:0:A:B'],
    ['1:2:3:4:5:6:7:8', 'IP Address:1:2:3:4:5:6:7:8'],
  ])('the address %s stands in it as %s', (host, expected) => {
    expect(new X509Certificate(certified(1, { host }).der).subjectAltName).toBe(expected);
  });

  /** The outcome of a mutual handshake between a server of guardian 1 and a client; both trust guardians 1 and 2. */
  async function handshake(client: { readonly cert: string; readonly key: string | Buffer }): Promise<string> {
    const ca = [1, 2].map((fill) => pem(rootCertificate(publicKeyOf(seed(fill))), 'CERTIFICATE'));
    const { cert, key } = certified(1);
    const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: false });
    const outcome = new Promise<string>((resolve) => {
      server.on('secureConnection', (socket: TLSSocket) => {
        // The verdict is OpenSSL's; it is only not acted on here, to be looked at.
        resolve(String(socket.authorized ? socket.getPeerCertificate().issuer.CN : socket.authorizationError));
        socket.destroy();
      });
      server.on('tlsClientError', (error) => resolve(error.message));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const socket = connect({ host: '127.0.0.1', port, ca, ...client });
    socket.on('error', () => {}); // the server says why
    const said = await outcome;
    socket.destroy();
    server.close();
    return said;
  }

  test('another guardian gets in, and is known by its key', async () => {
    expect(await handshake(certified(2))).toBe(toHex(publicKeyOf(seed(2))));
  });

  test('a stranger does not get in, nor one whose time is over, nor one who signs in a guardian’s name', async () => {
    expect(await handshake(certified(3))).toMatch(/UNABLE_TO_VERIFY/);
    expect(await handshake(certified(2, { untilMs: nowMs - 1000 }))).toMatch(/EXPIRED/);
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const own = new Uint8Array(Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url'));
    const request = { key: own, host: '127.0.0.1', fromMs: nowMs - dayMs, untilMs: nowMs + dayMs };
    const forged = leafCertificate(request, publicKeyOf(seed(2)), (bytes) => sign(seed(3), bytes));
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' });
    expect(await handshake({ cert: pem(forged, 'CERTIFICATE'), key })).toMatch(/SIGNATURE/);
  });

  test('what a guardian signs for TLS begins as no statement of a grid does', () => {
    let signed: Uint8Array | undefined;
    const request = { key: publicKeyOf(seed(5)), host: 'a', fromMs: nowMs, untilMs: nowMs + dayMs };
    leafCertificate(request, publicKeyOf(seed(1)), (bytes) => {
      signed = bytes;
      return sign(seed(1), bytes);
    });
    expect(signed?.[0]).toBe(0x30);
  });
});

describe('DER', () => {
  test('whole numbers are written in the fewest bytes and never negative', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const der = unsigned(bytes);
        const content = der.subarray(2);
        expect([der[0], der[1]]).toEqual([0x02, content.length]);
        expect((content[0] ?? 0) < 0x80).toBe(true);
        const isPadded = content.length > 1 && content[0] === 0;
        expect(isPadded && (content[1] ?? 0) < 0x80).toBe(false);
        expect(BigInt(`0x${toHex(content)}`)).toBe(BigInt(`0x${toHex(bytes)}`));
      }),
    );
  });

  test('identifiers and times are those of the standard', () => {
    // X.690 8.19.5 and RFC 5280 4.1.2.5.
    expect(toHex(identifier('2.999.3'))).toBe('0603883703');
    expect(toHex(identifier('1.2.840.113549'))).toBe('06062a864886f70d');
    expect(
      Buffer.from(time(Date.UTC(2049, 11, 31, 23, 59, 59)))
        .subarray(2)
        .toString(),
    ).toBe('491231235959Z');
    expect(
      Buffer.from(time(Date.UTC(2050, 0, 1)))
        .subarray(2)
        .toString(),
    ).toBe('20500101000000Z');
  });
});
