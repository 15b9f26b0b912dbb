/** The farm record that a farmer reviews: one farm an owner, changed in place, with those it takes no contract from. */
import { describe, expect, it } from 'vitest';
import type { Replica } from '../../../bcdb/replica-api.ts';
import { fromHex, toHex, zero32 } from '../../../core/bytes.ts';
import { sign } from '../../../core/keys.ts';
import { decodeSigned, parseBody } from '../../../core/record.ts';
import type { FarmView, OutboxView } from '../../../core/views.ts';
import { farmHandlers } from '../../../main/handlers/farm.ts';
import type { House } from '../../../main/house.ts';
import { Reviews } from '../../../main/review/reviews.ts';
import { addFarm, makeWorld } from '../../support/desks.ts';
import { person, testGrid } from '../../support/people.ts';

const [farmer, node, enemy, other] = [person(1), person(2), person(3), person(4)];
const input = {
  name: 'Kitchen rack',
  place: { country: 'BE', city: 'Gent' },
  prices: { cuHourStroops: 1n, suHourStroops: 1n },
} as const;
const rules = { auto: true, minTermSeconds: 0 } as const;

const farmOf = (changes: Partial<FarmView> = {}): FarmView => {
  const world = makeWorld();
  addFarm(world, farmer, node, changes);
  const [farm] = world.farms.values();
  if (farm === undefined) throw new Error('no farm');
  return farm;
};

const handedIn = (seq: number, changes: Partial<OutboxView> = {}): OutboxView => ({
  id: toHex(person(100 + seq).key),
  kind: 'farm',
  author: farmer.address,
  seq,
  state: 'pending',
  code: null,
  height: null,
  createdMs: 0,
  ...changes,
});

/** What a farmer with these farms and these records on their way would sign. */
async function prepare(
  farms: readonly FarmView[],
  outbox: readonly OutboxView[],
  accept: { readonly auto: boolean; readonly minTermSeconds: number; readonly blocked?: string[] },
) {
  const answers: Record<string, unknown> = { farms, outbox, next: { seq: 9, prev: zero32 } };
  const replica = { grid: testGrid, query: async (name: string) => answers[name] } as unknown as Replica;
  const reviews = new Reviews({ sign: (bytes) => sign(farmer.seed, bytes), newId: () => '00'.repeat(32) });
  const house = {
    farm: {},
    grid: { need: () => replica, replica },
    vault: { publicKey: () => farmer.key },
    reviews,
    contacts: { nameOf: () => undefined },
  } as unknown as House;
  const { prepareFarm } = farmHandlers(house);
  const review = await prepareFarm({ ...input, accept });
  const record = parseBody(decodeSigned(fromHex(review.rawHex)));
  if (record.kind !== 'farm') throw new Error(record.kind);
  return { body: record.body, review };
}

describe('the farm record', () => {
  it('makes a farm when there is none', async () => {
    const { body, review } = await prepare([], [handedIn(1, { state: 'rejected' })], rules);
    expect(body.farm).toBeUndefined();
    expect(body.accept).toEqual({ ...rules, blocked: [] });
    expect(review.action).toBe('Create the farm');
  });

  it('changes the farm that stands, and never makes a second one', async () => {
    const farm = farmOf();
    const { body, review } = await prepare([farm], [], rules);
    expect(toHex(body.farm ?? zero32)).toBe(farm.id);
    expect(review.action).toBe('Change the farm');
  });

  it('changes the farm that is on its way into the grid', async () => {
    const { body } = await prepare([], [handedIn(4), handedIn(3), handedIn(2, { kind: 'profile' })], rules);
    expect(toHex(body.farm ?? zero32)).toBe(handedIn(3).id);
  });

  it('carries those who are blocked, and tells the owner', async () => {
    const { body, review } = await prepare([farmOf()], [], { ...rules, blocked: [enemy.address, other.address] });
    expect(body.accept.blocked.map(toHex)).toEqual([enemy, other].map(({ key }) => toHex(key)));
    expect(review.happens.at(-1)).toMatch(/^It takes no contract from .*G/);
  });

  it('keeps those who were blocked when nothing is said of them, and frees them when told so', async () => {
    const farm = farmOf({ blocked: [enemy.address] });
    expect((await prepare([farm], [], rules)).body.accept.blocked.map(toHex)).toEqual([toHex(enemy.key)]);
    expect((await prepare([farm], [], { ...rules, blocked: [] })).body.accept.blocked).toEqual([]);
  });
});
