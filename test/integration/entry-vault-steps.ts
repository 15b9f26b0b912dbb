/** One step on a real vault with the real keychain, in a process of its own. Prints one line of JSON. */
import { codeOf } from '../../core/errors.ts';
import { wordsOf } from '../../core/keys.ts';
import { KeychainHealth } from '../../main/vault/keychain-health.ts';
import { readMachineBinding } from '../../main/vault/machine.ts';
import { openOsKeychain } from '../../main/vault/os-keychain.ts';
import { Vault } from '../../main/vault/vault.ts';

const [step = '', folder = '', timeoutMs = '10000'] = process.argv.slice(2);
const keychain = openOsKeychain({ service: 'threebot-test', timeoutMs: Number(timeoutMs) });
const vault = await Vault.open({
  folder,
  keychain,
  binding: await readMachineBinding(),
  now: Date.now,
  scryptCost: { N: 2 ** 10, r: 8, p: 1 },
});

const steps: Readonly<Record<string, () => Promise<unknown>>> = {
  probe: () => new KeychainHealth(keychain).look(),
  create: () => vault.create(wordsOf(new Uint8Array(32).fill(7))),
  unlock: () => vault.unlock(),
  forget: async () => {
    const { id } = JSON.parse(await (await import('node:fs/promises')).readFile(`${folder}/vault.json`, 'utf8'));
    return keychain.remove(id);
  },
};

const startedMs = Date.now();
let code: string | undefined;
let answer: unknown;
try {
  answer = await steps[step]?.();
} catch (error) {
  code = codeOf(error) ?? String(error);
}
process.stdout.write(`${JSON.stringify({ step, code, answer, state: vault.state, ms: Date.now() - startedMs })}\n`);
process.exit(0);
