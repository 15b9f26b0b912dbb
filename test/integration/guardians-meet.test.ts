// Three guardians and a member over real sockets: who speaks for whom, what guardians may say to each other, and who may not.

import { afterEach, describe, expect, it } from 'vitest';
import type { Replica } from '../../bcdb/replica-api.ts';
import { signSodium } from '../../bcdb/verify.ts';
import { toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { policyChangeBytes } from '../../core/guardian.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { Author, type Founding, foundGrid } from '../support/bcdb-grid.ts';
import { createTestGrid, type TestGrid, until } from '../support/bcdb-replicas.ts';

let grid: TestGrid | undefined;
afterEach(async () => {
  await grid?.end();
  grid = undefined;
});

const others = [new Author('second guardian'), new Author('third guardian')];

/** The one guardian of a grid makes it a grid of three. */
function threeGuardians({ grid: id, guardian }: Founding): Uint8Array {
  const all = [guardian, ...others];
  const change = {
    policy: { ...defaultPolicy, version: 2 },
    guardians: all.map(({ key }) => key),
    seats: all.map((_, index) => ({ name: `guardian ${index + 1}`, route: `127.0.0.1:${4000 + index}` })),
  };
  const message = policyChangeBytes({ grid: id, ...change });
  const signatures = all.map(({ key, seed }) => ({ guardian: key, signature: signSodium(seed, message) }));
  return guardian.write(id, 'policy', { ...change, signatures });
}

const knowsAll = (replica: Replica): boolean => replica.state().guardians.every(({ isHere }) => isHere);

describe('guardians of one grid', () => {
  it('prove to everybody which transport key speaks for them, and speak with each other alone', async () => {
    const alice = new Author('alice');
    const founding = foundGrid([[alice, 1000n]], { createdMs: Date.now() });
    grid = await createTestGrid(founding);
    const first = await grid.guardian();
    const invitation = await first.invitation();
    const join = { how: 'join', invitation } as const;
    const member = await grid.member('member', join);
    const [second, third] = await Promise.all(
      others.map(
        ({ seed }, index) =>
          grid?.member(`guardian ${index + 2}`, join, { guardianSeed: seed }) ?? Promise.reject(new Error()),
      ),
    );
    if (second === undefined || third === undefined) throw new Error('two more are expected');
    await until('the member to be live', () => member.state().state === 'live');
    expect(member.state().guardians).toMatchObject([{ isHere: true, name: null }]);
    const all = [first, second, third, member];
    const inOffice = (): boolean[] => all.map((each) => each.state().isGuardian);
    // A guardian's key alone signs nothing yet.
    expect(inOffice()).toEqual([true, false, false, false]);
    expect([await second.storage(), await member.storage()]).toMatchObject([
      { mustBeArchive: true },
      { mustBeArchive: false },
    ]);
    await first.submit(threeGuardians(founding));
    expect(await first.settled(toHex(founding.guardian.last), 10_000)).toMatchObject({ state: 'final', code: null });

    await until('all to know all guardians', () =>
      all.every((each) => each.state().guardians.length === 3 && knowsAll(each)),
    );
    expect(member.state()).toMatchObject({
      state: 'live',
      quorum: { needed: 2, here: 3 },
      guardians: [1, 2, 3].map((n) => ({ name: `guardian ${n}`, isHere: true })),
    });

    expect(inOffice()).toEqual([true, true, true, false]);

    const heard: string[] = [];
    second.handleGuardian(async (asker, payload) => {
      heard.push(toHex(asker));
      if (payload[0] === 9) throw new AppError('guardian/wrong-epoch');
      return Uint8Array.of(payload[0] ?? 0, 2);
    });
    const secondKey = others[0]?.key ?? new Uint8Array(0);
    expect([...(await first.sendToGuardian(secondKey, Uint8Array.of(1)))]).toEqual([1, 2]);
    expect([...(await third.sendToGuardian(secondKey, Uint8Array.of(3)))]).toEqual([3, 2]);
    await expect(first.sendToGuardian(secondKey, Uint8Array.of(9))).rejects.toMatchObject({
      code: 'guardian/wrong-epoch',
    });
    await expect(first.sendToGuardian(secondKey, new Uint8Array(64 * 1024 + 1))).rejects.toMatchObject({
      code: 'net/too-large',
    });
    await expect(member.sendToGuardian(secondKey, Uint8Array.of(1))).rejects.toMatchObject({ code: 'net/refused' });
    await expect(member.sendToGuardian(alice.key, Uint8Array.of(1))).rejects.toMatchObject({ code: 'net/unreachable' });
    expect(heard).toEqual(
      [founding.guardian.key, others[1]?.key, founding.guardian.key].map((key) => toHex(key ?? alice.key)),
    );

    // A guardian that is gone is named, and found again when it is back.
    await third.close();
    await until('the member to miss it', () => !knowsAll(member), 40_000);
    expect(member.state().guardians.map(({ isHere }) => isHere)).toEqual([true, true, false]);
    expect(member.state().guardians[2]?.lastSeenMs).toBeGreaterThan(Date.now() - 60_000);
    expect(member.state().quorum).toEqual({ needed: 2, here: 2 });
    const back = await grid.member('guardian 3', { how: 'open' }, { guardianSeed: others[1]?.seed });
    expect(back.state().isGuardian).toBe(true);
    await until('the member to have all again', () => knowsAll(member), 40_000);
  });
});
