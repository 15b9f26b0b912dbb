// Contract documents: what is refused when they are made, and what an approval stands for.

import { describe, expect, test } from 'vitest';
import { sha256, toHex } from '../../../core/bytes.ts';
import { decode, encode } from '../../../core/cbor.ts';
import {
  type ApprovalSubject,
  approvalBytes,
  approversOf,
  type ContractDocument,
  checkDocument,
  decodeDocument,
  documentHash,
  documentPrice,
  encodeDocument,
  partiesOf,
  purposes,
} from '../../../core/contract.ts';
import { codeOf } from '../../../core/errors.ts';
import { person, signBy, verifyFast } from '../../support/fast-keys.ts';

const [alice, bob, node] = [person('alice'), person('bob'), person('node')];

const document: ContractDocument = {
  v: 1,
  grid: sha256(Uint8Array.of(1)),
  version: 1,
  title: 'web',
  payer: alice.key,
  workloads: [
    {
      name: 'web',
      node: node.key,
      kind: 'container',
      image: `sha256:${'ab'.repeat(32)}`,
      capacity: { cruMilli: 500, mruBytes: 1, sruBytes: 0, hruBytes: 0 },
      priceStroops: 7n,
    },
  ],
  termSeconds: 60,
  signByMs: 1000,
  deployWithinMs: 1000,
  provision: { threshold: 1, signers: [{ key: alice.key, weight: 1 }] },
  delete: { threshold: 1, signers: [{ key: bob.key, weight: 1 }] },
  nonce: new Uint8Array(16),
};

const [workload] = document.workloads;
if (workload === undefined) throw new Error('no workload');
const with_ = (change: Partial<typeof workload>): ContractDocument => ({
  ...document,
  workloads: [{ ...workload, ...change }],
});

const refusal = (action: () => unknown): readonly (string | undefined)[] => {
  try {
    action();
    return ['ok'];
  } catch (error) {
    return [codeOf(error), (error as { detail?: string }).detail];
  }
};

describe('a document', () => {
  test('comes back from its bytes as it was, small and large prices alike', () => {
    for (const priceStroops of [1n, 2n ** 53n, 2n ** 63n - 1n]) {
      const priced = with_({ priceStroops });
      expect(decodeDocument(encodeDocument(priced))).toEqual(priced);
      expect(documentPrice(priced)).toBe(priceStroops);
    }
    expect(toHex(documentHash(encodeDocument(document)))).toMatch(/^[0-9a-f]{64}$/);
    expect(partiesOf(document).map(toHex)).toEqual([alice.hex, bob.hex]);
  });

  test('with a field missing, unknown, or out of range is malformed, and the field is named', () => {
    const fields = decode(encodeDocument(document)) as Record<string, unknown>;
    const bad: readonly (readonly [object, string])[] = [
      [{ v: 2 }, 'v'],
      [{ extra: 1 }, 'extra'],
      [{ title: '' }, 'title'],
      [{ title: 'pay\u202eee' }, 'title'],
      [{ title: 'x'.repeat(81) }, 'title'],
      [{ workloads: [] }, 'workloads'],
      [{ termSeconds: 0 }, 'termSeconds'],
      [{ nonce: new Uint8Array(15) }, 'nonce'],
      [{ payer: new Uint8Array(33) }, 'payer'],
    ];
    for (const [change, field] of bad) {
      const [code, detail] = refusal(() => decodeDocument(encode({ ...fields, ...change })));
      expect([field, code]).toEqual([field, 'contract/malformed']);
      expect(detail).toContain(field);
    }
    for (const field of Object.keys(fields)) {
      const { [field]: _gone, ...rest } = fields;
      expect([field, ...refusal(() => decodeDocument(encode(rest)))][1]).toBe('contract/malformed');
    }
  });

  test('names an image by digest, never by a tag', () => {
    const good = [`sha256:${'ab'.repeat(32)}`, `docker.io/library/nginx@sha256:${'0'.repeat(64)}`];
    const bad = ['nginx', 'nginx:latest', `sha256:${'AB'.repeat(32)}`, `nginx@sha256:${'0'.repeat(63)}`];
    for (const image of good) expect(refusal(() => decodeDocument(encode(with_({ image }))))).toEqual(['ok']);
    for (const image of bad) {
      expect([image, refusal(() => decodeDocument(encode(with_({ image }))))[0]]).toEqual([
        image,
        'contract/malformed',
      ]);
    }
  });

  test('with two workloads of one name, or a payer who need not sign, is refused', () => {
    const twice = { ...document, workloads: [workload, workload] };
    expect(refusal(() => checkDocument(twice))[0]).toBe('contract/duplicate-workload');
    expect(refusal(() => checkDocument({ ...document, payer: bob.key }))[0]).toBe('quorum/required-not-listed');
  });
});

describe('G7 secrets in plain text', () => {
  test('by name or by look are refused; the detail names the field and never the value', () => {
    const seed = `S${'A'.repeat(55)}`;
    const cases: readonly (readonly [Partial<typeof workload>, string])[] = [
      [{ env: { DB_PASSWORD: 'x' } }, 'workloads.0.env.DB_PASSWORD'],
      [{ env: { api_key: 'x' } }, 'workloads.0.env.api_key'],
      [{ env: { MY_TOKEN: 'x' } }, 'workloads.0.env.MY_TOKEN'],
      [{ env: { WG_PRIVATE: 'x' } }, 'workloads.0.env.WG_PRIVATE'],
      [{ env: { PLAIN: `key ${seed}` } }, 'workloads.0.env.PLAIN'],
      [{ env: { PLAIN: '-----BEGIN OPENSSH PRIVATE KEY-----' } }, 'workloads.0.env.PLAIN'],
      [{ env: { PLAIN: `ghp_${'a'.repeat(36)}` } }, 'workloads.0.env.PLAIN'],
      [{ command: ['serve', '--password=hunter2'] }, 'workloads.0.command.1'],
      [{ command: [`AKIA${'A'.repeat(16)}`] }, 'workloads.0.command.0'],
    ];
    for (const [change, field] of cases) {
      expect(refusal(() => decodeDocument(encode(with_(change))))).toEqual(['contract/secret-in-plain', field]);
    }
  });

  test('ordinary settings pass', () => {
    const env = { PORT: '8080', GREETING: 'hello', PATH_PREFIX: '/app', KEYBOARD: 'us' };
    expect(refusal(() => checkDocument(with_({ env, command: ['serve', '--port=80', '--keep-alive'] })))).toEqual([
      'ok',
    ]);
  });
});

describe('G2 an approval', () => {
  const subject: ApprovalSubject = {
    grid: document.grid,
    purpose: 'provision',
    document: sha256(document.nonce),
    version: 1,
  };

  test('says something else for every purpose, document, version and grid', () => {
    const subjects: readonly ApprovalSubject[] = [
      ...purposes.map((purpose) => ({ ...subject, purpose })),
      { ...subject, version: 2 },
      { ...subject, document: subject.grid },
      { ...subject, grid: subject.document },
    ];
    expect(new Set(subjects.map((each) => toHex(approvalBytes(each)))).size).toBe(subjects.length);
  });

  test('counts for the person who signed exactly that, once', () => {
    const by = (who: typeof alice, of: ApprovalSubject) => ({
      signer: who.key,
      purpose: of.purpose,
      signature: signBy(who, approvalBytes(of)),
    });
    const good = by(alice, subject);
    expect([...approversOf(subject, [good, by(bob, subject), good], verifyFast)]).toEqual([alice.hex, bob.hex]);
    const other = by(alice, { ...subject, purpose: 'delete' });
    expect(refusal(() => approversOf(subject, [good, other], verifyFast))[0]).toBe('approval/wrong-purpose');
    const relabelled = { ...other, purpose: 'provision' as const };
    expect(refusal(() => approversOf(subject, [relabelled], verifyFast))[0]).toBe('approval/bad-signature');
    expect(refusal(() => approversOf(subject, [{ ...good, signer: bob.key }], verifyFast))[0]).toBe(
      'approval/bad-signature',
    );
  });
});
