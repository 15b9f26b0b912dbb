/** What a host may do with a 3bot that guards a grid: found it, enter it, hand in a change of policy, see how it stands. */
import type { GridStanding, Reach, Replica } from '../../bcdb/replica-api.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { Settings } from '../../core/ipc/views.ts';
import { addressOf, type PublicKey, sign } from '../../core/keys.ts';
import { judgeProposal, type PolicyProposal, policyBody } from '../../core/policy-proposal.ts';
import { decodeRecord, draftBytes, sealRecord } from '../../core/record.ts';
import type { OutboxView, ReplicaView } from '../../core/views.ts';
import type { GridHome } from '../grid/grid-home.ts';
import { me } from '../house.ts';
import type { StateFile } from '../state-file.ts';
import type { Vault } from '../vault/vault.ts';

export type Guardianship = {
  /** The vault has a passphrase, which somebody must give. */
  readonly needsPassphrase: boolean;
  /** Opens the vault. Throws what `Vault.unlock` throws, `vault/empty` where there is no identity. */
  unlock(passphrase: string | undefined): Promise<void>;
  /** How this 3bot meets others from its next opening on. */
  meet(network: { readonly bootstrap: readonly string[]; readonly usesLan: boolean }): Promise<void>;
  /** Null: on no grid. */
  view(): ReplicaView | null;
  /** Begins the grid of this genesis, or makes sure that this is the one. Throws `grid/exists`. */
  found(genesis: Uint8Array, reach: Reach): Promise<void>;
  /** Enters a grid as somebody who may become one of its guardians. Throws `grid/exists`, `grid/bad-invitation`, `net/*`. */
  join(invitation: string): Promise<void>;
  /** The grid's id. Throws as `GridHome.need` does. */
  grid(): Promise<Uint8Array>;
  /** What is in force; throws `replica/not-executed-yet` before the first block. */
  standing(): Promise<GridStanding & { readonly grid: Uint8Array }>;
  invitation(): Promise<string>;
  /**
   * Hands in a change as a record of this 3bot. Throws `guardian/quorum-not-met`, `guardian/not-consented`,
   * `guardian/stale-policy`, and what `Replica.submit` throws.
   */
  submitPolicy(proposal: PolicyProposal): Promise<OutboxView>;
  /** How a record that was handed in stands; null when it is not known. */
  recordState(id: string): Promise<OutboxView | null>;
};

export function createGuardianship(options: {
  readonly grid: GridHome;
  readonly vault: Vault;
  readonly settings: StateFile<Settings>;
}): Guardianship {
  const { grid, vault, settings } = options;
  const author = (): PublicKey => me(vault);
  const isOnGrid = (): boolean => grid.view() !== null;

  /** The open replica; opens it first when the grid is known but was not opened yet. */
  async function opened(): Promise<Replica> {
    if (grid.replica === undefined) await grid.start();
    return grid.need();
  }

  async function standing(): Promise<GridStanding & { readonly grid: Uint8Array }> {
    const replica = await opened();
    return { ...(await replica.query('standing', null)), grid: replica.grid };
  }

  return {
    get needsPassphrase() {
      return vault.hasPassphrase;
    },
    unlock: (passphrase) => vault.unlock(passphrase),
    meet: ({ bootstrap, usesLan }) =>
      settings.save({
        ...settings.value,
        network: { ...settings.value.network, bootstrap: [...bootstrap], usesLan },
      }),
    view: () => grid.view(),
    async found(genesis, reach) {
      const { id } = decodeRecord(genesis);
      if (!isOnGrid()) await grid.create(genesis, reach);
      const replica = await opened();
      if (!equalBytes(replica.grid, id)) throw new AppError('grid/exists', `this profile is on ${toHex(replica.grid)}`);
    },
    async join(invitation) {
      if (isOnGrid()) throw new AppError('grid/exists');
      await grid.join(invitation, 'guardian');
    },
    grid: async () => (await opened()).grid,
    standing,
    invitation: async () => (await opened()).invitation(),
    async submitPolicy(proposal) {
      const replica = await opened();
      const inForce = await standing();
      const { isComplete, signed, needed, unwilling } = judgeProposal(proposal, inForce);
      if (unwilling.length > 0) throw new AppError('guardian/not-consented', unwilling.map(toHex).join(' '));
      if (!isComplete) throw new AppError('guardian/quorum-not-met', `${signed.length} of ${needed}`);
      const { seq, prev } = await replica.query('next', { author: addressOf(author()) });
      const bytes = draftBytes({
        grid: replica.grid,
        kind: 'policy',
        author: author(),
        seq,
        prev,
        body: policyBody(proposal, inForce),
      });
      return replica.submit(
        sealRecord(
          bytes,
          vault.use('wallet', (seed) => sign(seed, bytes)),
        ),
      );
    },
    async recordState(id) {
      const replica = await opened();
      const items = await replica.query('outbox', { author: addressOf(author()), limit: 100 });
      return items.find((item) => item.id === id) ?? null;
    },
  };
}
