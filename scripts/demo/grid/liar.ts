// Guardians who lie: a quorum of them signs another block for a height that is final. Whoever sees both stories has the proof.

import { decodeHeader, encodeHeader } from '../../../core/block.ts';
import { sha256 } from '../../../core/bytes.ts';
import { decode } from '../../../core/cbor.ts';
import { sign } from '../../../core/keys.ts';
import { openGuardianProfile } from '../../../main/guardian/guardian-profile.ts';
import { readMachineBinding } from '../../../main/vault/machine.ts';
import { openOsKeychain } from '../../../main/vault/os-keychain.ts';
import { until } from '../../lib/threebot.ts';
import { type Guardian, passphrase } from './guardian.ts';
import type { GridScene, Told } from './scene.ts';

const silent = {
  say: () => {},
  advise: () => {},
  isInteractive: false,
  askSecret: () => Promise.resolve(''),
  pause: () => Promise.resolve(),
  untilStopped: () => Promise.resolve(),
};

/** Signs with a guardian's own key, out of its vault. */
async function signAs(guardian: Guardian, message: Uint8Array) {
  const machine = { keychain: openOsKeychain(), binding: await readMachineBinding(), now: Date.now };
  const profile = await openGuardianProfile(guardian.profile, machine, silent);
  try {
    await profile.unlock(passphrase, silent);
    return {
      guardian: profile.key('guardian'),
      signature: profile.vault.use('guardian', (seed) => sign(seed, message)),
    };
  } finally {
    await profile.close();
  }
}

export async function catchLiars(scene: GridScene): Promise<Told> {
  const victim = scene.member(5);
  const [outboxed] = await victim.query('outbox', { limit: 1 });
  if (outboxed === undefined) throw new Error('the member never handed anything in');
  const { header } = decode(await victim.query('receipt', { record: outboxed.id })) as { readonly header: Uint8Array };
  const told = decodeHeader(header);
  const forged = encodeHeader({ ...told, execHash: sha256(told.execHash) });
  const liars = [scene.guardian(0), scene.guardian(1), scene.guardian(2)];

  const [lone] = liars;
  if (lone === undefined) throw new Error('no guardian');
  const code = await victim.call('judgeHead', { header: forged, certificate: [await signAs(lone, forged)] }).then(
    () => 'believed',
    (error: { code?: string }) => error.code ?? String(error),
  );
  if (code !== 'replica/bad-certificate') throw new Error(`one liar alone: ${code}`);

  const certificate = await Promise.all(liars.map((liar) => signAs(liar, forged)));
  const caught = await victim.call('judgeHead', { header: forged, certificate }).then(
    () => 'believed',
    (error: { code?: string }) => error.code ?? String(error),
  );
  if (caught !== 'replica/forked-head') throw new Error(`three liars: ${caught}`);
  const state = await until('the member to stop', async () => {
    const seen = await victim.call('state', null);
    return seen.state === 'stopped' && seen;
  });
  const { items } = await victim.query('evidence', { limit: 1 });
  if (items[0]?.what !== 'two-headers') throw new Error('no evidence was kept');
  const refused = await scene.pay(victim, 1).then(
    () => 'signed',
    (error: { code?: string }) => error.code ?? '',
  );
  if (refused !== 'replica/forked-head') throw new Error(`it goes on signing: ${refused}`);
  return {
    lines: [
      `one guardian signs another block ${told.height}: ${code}, no quorum`,
      `three of four sign it, and a member hears both stories: ${caught}`,
      `it keeps both, certified (${items[0].detail}), and signs nothing any more: ${state.alarm?.code ?? ''}`,
    ],
    facts: { alone: code, together: caught },
  };
}
