/** The identity's calls: what it is, how it comes to be, opens and locks. Words and passphrases pass, nothing keeps them. */
import { AppError } from '../../core/errors.ts';
import type { ipc } from '../../core/ipc/contract.ts';
import type { IdentityView } from '../../core/ipc/views.ts';
import { addressOf } from '../../core/keys.ts';
import type { House } from '../house.ts';
import type { Handlers } from '../ipc/handlers.ts';

/** Who this 3bot is and where its vault stands. */
async function identityView(house: House): Promise<IdentityView> {
  const { vault, keychainHealth, ownName } = house;
  const { state } = vault;
  const key = vault.publicKey('wallet');
  // A vault that opens by the keychain proves that there is one; only where that is unknown it is probed.
  const usesKeychain = 'protection' in state && state.protection !== 'passphrase';
  const health = usesKeychain ? { name: house.keychainHealth.name } : await keychainHealth.look();
  const problem = 'code' in health && health.code !== undefined ? { code: health.code, detail: '' } : null;
  return {
    state: state.kind,
    problem: state.kind === 'repair' ? { code: state.code, detail: '' } : null,
    address: key === undefined ? null : addressOf(key),
    name: ownName.value,
    hasPassphrase: vault.hasPassphrase,
    keychain: { isUsable: problem === null, store: health.name, problem },
  };
}

export function identityHandlers(house: House): Handlers<typeof ipc>['identity'] {
  const { vault, newWords, ownName, changes, grid } = house;
  const view = (): Promise<IdentityView> => identityView(house);
  const settle = async (name: string): Promise<IdentityView> => {
    newWords.forget();
    await ownName.save(name);
    changes.mark('identity');
    return view();
  };
  return {
    state: view,
    async newWords() {
      if (vault.state.kind === 'repair') throw new AppError('vault/repair-needed', vault.state.code);
      if (vault.state.kind !== 'empty') throw new AppError('vault/exists');
      await house.keychainHealth.lookAgain();
      return newWords.make();
    },
    async create({ name, answers, passphrase }) {
      await vault.create(newWords.confirm(answers), passphrase);
      return settle(name);
    },
    async restore({ name, words, passphrase }) {
      await vault.restore(words, passphrase);
      void grid.start();
      return settle(name);
    },
    async unlock({ passphrase }) {
      await vault.unlock(passphrase);
      return view();
    },
    lock() {
      vault.lock();
      return view();
    },
    async changePassphrase({ current, next }) {
      await vault.changePassphrase(current, next);
      changes.mark('identity', 'app');
      return view();
    },
    async revealWords({ passphrase }) {
      return { words: (await vault.revealWords(passphrase)).split(' ') };
    },
  };
}
