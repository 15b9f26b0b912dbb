// A guardian's process for tests of its death: opens a sequencer host on one seat and says so, until it is killed.

import { leafCertificate } from '../../bcdb/sequencer/certificates.ts';
import { createSequencerHost } from '../../bcdb/sequencer/sequencer-host.ts';
import { publicKeyOf, sign } from '../../core/keys.ts';

const [folder = '', route = ''] = process.argv.slice(2);
const seed = new Uint8Array(32).fill(7);
const guardian = publicKeyOf(seed);
const host = createSequencerHost({
  folder,
  grid: new Uint8Array(32),
  guardian,
  certify: async (request) => leafCertificate(request, guardian, (bytes) => sign(seed, bytes)),
  onState: ({ name }) => process.stdout.write(`${name} ${host.pid() ?? 0}\n`),
});
await host.open(0, { guardians: [guardian], seats: [{ name: 'a guardian', route }] });
