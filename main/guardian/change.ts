/** From what is in force to what is proposed: who guards then, and which figures change. Pure. */
import * as v from 'valibot';
import { toHex } from '../../core/bytes.ts';
import type { PolicyChange } from '../../core/guardian.ts';
import type { GuardianCard } from '../../core/guardian-card.ts';
import { type Policy, policySchema } from '../../core/policy.ts';

export type GuardiansChange = {
  readonly add: readonly GuardianCard[];
  /** By name, or by key in hex (eight characters or more). */
  readonly remove: readonly string[];
  readonly replace: readonly { readonly who: string; readonly card: GuardianCard }[];
};

type Place = { readonly guardian: Uint8Array; readonly seat: { readonly name: string; readonly route: string } };

/** Guardians and seats afterwards, in their order; a replaced one keeps its place. Throws RangeError for a name that is none or two. */
export function changedGuardians(
  { guardians, seats }: PolicyChange,
  { add, remove, replace }: GuardiansChange,
): Pick<PolicyChange, 'guardians' | 'seats'> {
  let places: readonly Place[] = guardians.map((guardian, index) => {
    const seat = seats[index];
    if (seat === undefined && guardians.length > 1) throw new RangeError('this grid names no seats of its guardians');
    return { guardian, seat: seat ?? { name: '', route: '' } };
  });
  for (const who of remove) {
    const gone = find(places, who);
    places = places.filter((place) => place !== gone);
  }
  for (const { who, card } of replace) {
    const old = find(places, who);
    places = places.map((place) => (place === old ? card : place));
  }
  // The card of one who is there already says where it moves to.
  for (const card of add) {
    const known = places.find(({ guardian }) => toHex(guardian) === toHex(card.guardian));
    places = known === undefined ? [...places, card] : places.map((place) => (place === known ? card : place));
  }
  const withoutSeat = places.find(({ seat }) => seat.route === '');
  if (withoutSeat !== undefined && places.length > 1) {
    throw new RangeError(`the present guardian has no seat yet: give its own card by --add as well`);
  }
  return {
    guardians: places.map(({ guardian }) => guardian),
    seats: withoutSeat === undefined ? places.map(({ seat: { name, route } }) => ({ name, route })) : [],
  };
}

function find(places: readonly Place[], who: string): Place {
  const isKey = /^[0-9a-f]{8,64}$/.test(who);
  const found = places.filter(({ guardian, seat }) => seat.name === who || (isKey && toHex(guardian).startsWith(who)));
  const [one, other] = found;
  if (one === undefined) throw new RangeError(`no guardian is called ${who}`);
  if (other !== undefined) throw new RangeError(`two guardians are called ${who}: name one by its key`);
  return one;
}

/** The next version of a policy with figures set by `path=number`. Throws RangeError for a path or a figure that cannot be. */
export function changedPolicy(policy: Policy, settings: readonly string[]): Policy {
  const next: Record<string, unknown> = structuredClone({ ...policy, version: policy.version + 1 });
  for (const setting of settings) {
    const [path = '', figure = ''] = setting.split('=', 2);
    if (!/^\d+$/.test(figure) || path === 'version') throw new RangeError(`--set is path=number, not ${setting}`);
    set(next, path.split('.'), figure, setting);
  }
  const parsed = v.safeParse(policySchema, next);
  if (!parsed.success) throw new RangeError(`that policy cannot be: ${v.getDotPath(parsed.issues[0]) ?? ''}`);
  return parsed.output;
}

function set(
  target: Record<string, unknown>,
  [name = '', ...rest]: readonly string[],
  figure: string,
  setting: string,
): void {
  const present = Object.hasOwn(target, name) ? target[name] : undefined;
  if (rest.length > 0 && typeof present === 'object' && present !== null) {
    set(present as Record<string, unknown>, rest, figure, setting);
  } else if (rest.length === 0 && typeof present === 'bigint') target[name] = BigInt(figure);
  else if (rest.length === 0 && typeof present === 'number') target[name] = Number(figure);
  else throw new RangeError(`there is no figure ${setting}`);
}
