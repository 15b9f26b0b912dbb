// What guardians decide together: every refusal of `policy` and `epoch` once, and what a good one changes.

import { describe, expect, it } from 'vitest';
import { executeRecord } from '../../../../bcdb/rules/execute.ts';
import type { Bodies } from '../../../../core/bodies.ts';
import { codeOf } from '../../../../core/errors.ts';
import { encodeSigned, type Move, moveBytes, policyChangeBytes } from '../../../../core/guardian.ts';
import { verifyFast } from '../../../support/fast-keys.ts';
import { type Person, person, signBy, testPolicy, World } from './world.ts';

const names = ['ann', 'ben', 'cem', 'dot', 'eva', 'fay', 'gus', 'hal'];
const people = names.map(person);
const some = (...indexes: readonly number[]): readonly Person[] => indexes.map((index) => people[index] as Person);
const seatsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `seat ${index}`, route: `10.0.0.${index}:4222` }));

type Change = {
  readonly version?: number;
  readonly guardians: readonly Person[];
  readonly signers: readonly Person[];
  readonly seats?: Bodies['policy']['seats'];
};

function policyBody(world: World, { version = 2, guardians, signers, seats }: Change): Bodies['policy'] {
  const said = {
    policy: { ...testPolicy, version, uptimeGraceMs: 77_000 },
    guardians: guardians.map(({ key }) => key),
    seats: seats ?? seatsOf(guardians.length),
  };
  const message = policyChangeBytes({ grid: world.grid, ...said });
  return { ...said, signatures: signers.map((one) => ({ guardian: one.key, signature: signBy(one, message) })) };
}

const change = (world: World, what: Change): string => world.say('policy', person('anybody'), policyBody(world, what));

/** A world whose guardians are ann, ben, cem, dot. */
function ofFour(): World {
  const world = new World();
  const four = some(0, 1, 2, 3);
  if (change(world, { guardians: four, signers: [person('guardian'), ...four] }) !== 'ok') throw new Error('no four');
  return world.at(1);
}

const inForce = (world: World) => world.state.get('policy', 'grid');

describe('a policy record', () => {
  it('sets policy, guardians and seats, and keeps the name of the grid and its epoch', () => {
    const world = ofFour();
    expect(inForce(world)).toMatchObject({
      version: 2,
      uptimeGraceMs: 77_000,
      name: 'test grid',
      guardians: some(0, 1, 2, 3).map(({ hex }) => hex),
      seats: seatsOf(4),
    });
    expect(change(world, { version: 3, guardians: some(0, 1, 2), signers: some(0, 1, 2) })).toBe('ok');
    expect(inForce(world)?.seats).toHaveLength(3);
  });

  it('G26 made for an older version of the policy is stale: the first change makes it so', () => {
    const world = ofFour();
    const first = policyBody(world, { version: 3, guardians: some(0, 1, 2), signers: some(0, 1, 2, 3) });
    const second = policyBody(world, { version: 3, guardians: some(1, 2, 3), signers: some(0, 1, 2, 3) });
    expect(world.say('policy', person('anybody'), first)).toBe('ok');
    expect(world.say('policy', person('anybody'), second)).toBe('guardian/stale-policy');
    expect(change(world, { version: 9, guardians: some(0, 1, 2), signers: some(0, 1, 2) })).toBe(
      'guardian/stale-policy',
    );
    expect(inForce(world)?.guardians).toHaveLength(3);
  });

  it('stands alone in its block: the next one, made on top of it, is refused, and done when it is said again', () => {
    const world = ofFour();
    const first = policyBody(world, { version: 3, guardians: some(0, 1, 2), signers: some(0, 1, 2, 3) });
    const second = policyBody(world, { version: 4, guardians: some(0, 1, 2, 4), signers: some(0, 1, 2, 4) });
    expect(world.say('policy', person('anybody'), { ...first, seats: [] })).toBe('record/malformed');
    expect(world.say('policy', person('anybody'), first)).toBe('ok');
    expect(world.say('policy', person('anybody'), second)).toBe('guardian/second-policy');
    expect(inForce(world)).toMatchObject({ version: 3, guardians: some(0, 1, 2).map(({ hex }) => hex) });
    world.at(2);
    expect(world.say('policy', person('anybody'), second)).toBe('ok');
    expect(inForce(world)).toMatchObject({ version: 4, guardians: some(0, 1, 2, 4).map(({ hex }) => hex) });
  });

  it.each([
    ['two guardians', [0, 1], 'guardian/bad-count'],
    ['eight guardians', [0, 1, 2, 3, 4, 5, 6, 7], 'record/malformed'],
    ['a guardian twice', [0, 1, 2, 2], 'record/malformed'],
  ])('with %s is refused', (_what, indexes, code) => {
    const world = ofFour();
    expect(change(world, { version: 3, guardians: some(...indexes), signers: people })).toBe(code);
  });

  it('names one seat for each guardian; one that is alone needs none', () => {
    const world = ofFour();
    const signers = some(0, 1, 2, 3);
    expect(change(world, { version: 3, guardians: some(0, 1, 2), signers, seats: seatsOf(2) })).toBe(
      'record/malformed',
    );
    expect(change(world, { version: 3, guardians: some(0, 1, 2), signers, seats: [] })).toBe('record/malformed');
    expect(change(world, { version: 3, guardians: some(0), signers, seats: [] })).toBe('ok');
    expect(inForce(world)?.seats).toBeUndefined();
  });

  it.each([
    ['two of four present guardians', [0, 1]],
    ['nobody', []],
    ['one of them three times', [0, 0, 0]],
  ])('signed by %s has no quorum', (_what, indexes) => {
    const world = ofFour();
    expect(change(world, { version: 3, guardians: some(0, 1, 2), signers: some(...indexes) })).toBe(
      'guardian/quorum-not-met',
    );
  });

  it('is no quorum of the new ones: those who are in office decide', () => {
    const world = ofFour();
    expect(change(world, { version: 3, guardians: some(4, 5, 6), signers: some(4, 5, 6, 0) })).toBe(
      'guardian/quorum-not-met',
    );
  });

  it('needs the consent of each new guardian', () => {
    const world = ofFour();
    const guardians = some(0, 1, 2, 3, 4);
    expect(change(world, { version: 3, guardians, signers: some(0, 1, 2) })).toBe('guardian/not-consented');
    expect(change(world, { version: 3, guardians, signers: some(0, 1, 2, 4) })).toBe('ok');
  });

  it('with a signature by a stranger, or over something else, is refused', () => {
    const world = ofFour();
    const guardians = some(0, 1, 2);
    expect(change(world, { version: 3, guardians, signers: some(0, 1, 2, 7) })).toBe('guardian/bad-statement');
    const body = policyBody(world, { version: 3, guardians, signers: some(0, 1, 2) });
    expect(world.say('policy', person('anybody'), { ...body, seats: seatsOf(3).toReversed() })).toBe(
      'guardian/bad-statement',
    );
    const elsewhere = new World(testPolicy, [[person('x'), 1n]]);
    expect(elsewhere.grid).not.toEqual(world.grid);
    const foreign = policyBody(elsewhere, { version: 3, guardians, signers: some(0, 1, 2) });
    expect(world.say('policy', person('anybody'), foreign)).toBe('guardian/bad-statement');
  });
});

describe('an epoch record', () => {
  const moveOf = (world: World, who: Person, said: Partial<Move> = {}): Uint8Array => {
    const header = Uint8Array.of(1);
    const bytes = moveBytes({ grid: world.grid, epoch: 1, header, certificate: [], lock: null, ...said });
    return encodeSigned(bytes, { guardian: who.key, signature: signBy(who, bytes) });
  };

  /** The verdict on an epoch record that is first in a block whose header begins `begins`. */
  function begin(
    world: World,
    epoch: number,
    moves: readonly Uint8Array[],
    begins: number | undefined = epoch,
  ): string {
    const record = world.record('epoch', person('anybody'), { epoch, moves });
    world.state.begin();
    try {
      executeRecord(world.state, record, { grid: world.grid, timeMs: world.nowMs, verify: verifyFast, begins });
      world.state.commit();
      return 'ok';
    } catch (error) {
      world.state.undo();
      return codeOf(error) ?? String(error);
    }
  }

  it('begins its epoch when a quorum moved to it, and it may skip some', () => {
    const world = ofFour();
    const moves = (epoch: number) => some(0, 1, 2).map((one) => moveOf(world, one, { epoch }));
    expect(begin(world, 1, moves(1))).toBe('ok');
    expect(inForce(world)).toMatchObject({ epoch: 1, version: 2 });
    expect(begin(world, 5, moves(5))).toBe('ok');
    expect(inForce(world)?.epoch).toBe(5);
    expect(begin(world, 5, moves(5))).toBe('guardian/wrong-epoch');
    expect(begin(world, 4, moves(4))).toBe('guardian/wrong-epoch');
  });

  it('is refused where it does not begin the block of that epoch', () => {
    const world = ofFour();
    const moves = some(0, 1, 2).map((one) => moveOf(world, one));
    expect(begin(world, 1, moves, 2)).toBe('guardian/wrong-epoch');
    expect(world.say('epoch', person('anybody'), { epoch: 1, moves: [...moves] })).toBe('guardian/wrong-epoch');
    expect(inForce(world)?.epoch).toBeUndefined();
  });

  it('needs moves of a quorum of different guardians', () => {
    const world = ofFour();
    const [ann, ben] = some(0, 1) as [Person, Person];
    expect(begin(world, 1, [moveOf(world, ann), moveOf(world, ben)])).toBe('guardian/quorum-not-met');
    expect(begin(world, 1, [moveOf(world, ann), moveOf(world, ann), moveOf(world, ann)])).toBe(
      'guardian/quorum-not-met',
    );
  });

  it('with a move to another epoch, of another grid, by a stranger, or badly signed is refused', () => {
    const world = ofFour();
    const good = some(0, 1).map((one) => moveOf(world, one));
    const [cem] = some(2) as [Person];
    expect(begin(world, 1, [...good, moveOf(world, cem, { epoch: 2 })])).toBe('guardian/wrong-epoch');
    expect(begin(world, 1, [...good, moveOf(world, cem, { grid: new Uint8Array(32) })])).toBe('guardian/wrong-epoch');
    expect(begin(world, 1, [...good, moveOf(world, person('stranger'))])).toBe('guardian/bad-statement');
    const spoiled = Uint8Array.from(moveOf(world, cem));
    spoiled[spoiled.length - 1] = (spoiled.at(-1) ?? 0) ^ 1;
    expect(begin(world, 1, [...good, spoiled])).toBe('guardian/bad-statement');
    expect(begin(world, 1, [...good, Uint8Array.of(0xff)])).toBe('cbor/malformed');
    expect(begin(world, 1, [...good, moveOf(world, cem)])).toBe('ok');
  });
});
