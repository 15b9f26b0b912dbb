/**
 * Live answers: what a change does to an answer that somebody holds. Lists travel as the items that are new or other than before and
 * the order of all; everything else as a whole. Pure: the store makes deltas, whoever subscribed applies them.
 */
import { toWire } from '../core/wire.ts';

/** From one answer to the next. `order`: identities of all items, in order. */
export type Delta =
  | { readonly kind: 'whole'; readonly answer: unknown }
  | {
      readonly kind: 'list';
      readonly added: readonly unknown[];
      readonly changed: readonly unknown[];
      readonly removed: readonly string[];
      readonly order: readonly string[];
      /** What a page says beside its items: counts, cursors. Null: the answer is the list itself. */
      readonly rest: Readonly<Record<string, unknown>> | null;
    };

type Page = { readonly items: readonly unknown[] };

const isPage = (answer: unknown): answer is Page =>
  typeof answer === 'object' && answer !== null && 'items' in answer && Array.isArray(answer.items);

const itemsOf = (answer: unknown): readonly unknown[] | undefined => {
  if (Array.isArray(answer)) return answer;
  return isPage(answer) ? answer.items : undefined;
};

function restOf(answer: unknown): Readonly<Record<string, unknown>> | null {
  if (!isPage(answer)) return null;
  const { items: _items, ...rest } = answer;
  return rest;
}

/** What makes an item the same one as before. */
function identityOf(item: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item);
  const { id, address, position, height, profile, farm } = item as Readonly<Record<string, unknown>>;
  const inner = profile ?? (typeof farm === 'object' ? farm : undefined);
  return inner === undefined ? String(id ?? address ?? position ?? height) : identityOf(inner);
}

/** What was told last, as little of it as a delta needs: the items' texts by identity. */
export type Held = { readonly texts: ReadonlyMap<string, string>; readonly whole: string };

export function held(answer: unknown): Held {
  const items = itemsOf(answer);
  const texts = new Map((items ?? []).map((item) => [identityOf(item), toWire(item)]));
  return { texts, whole: items === undefined ? toWire(answer) : toWire([[...texts.keys()], restOf(answer)]) };
}

/** The step from what was told to `answer`; undefined when nothing differs. */
export function deltaOf(before: Held, answer: unknown): { readonly delta: Delta; readonly held: Held } | undefined {
  const after = held(answer);
  const items = itemsOf(answer);
  if (items === undefined) {
    return after.whole === before.whole ? undefined : { delta: { kind: 'whole', answer }, held: after };
  }
  const added = items.filter((item) => !before.texts.has(identityOf(item)));
  const changed = items.filter((item) => {
    const known = before.texts.get(identityOf(item));
    return known !== undefined && known !== after.texts.get(identityOf(item));
  });
  if (added.length === 0 && changed.length === 0 && after.whole === before.whole) return undefined;
  const removed = [...before.texts.keys()].filter((id) => !after.texts.has(id));
  const order = [...after.texts.keys()];
  return { delta: { kind: 'list', added, changed, removed, order, rest: restOf(answer) }, held: after };
}

/** The answer after a delta. */
export function applyDelta(answer: unknown, delta: Delta): unknown {
  if (delta.kind === 'whole') return delta.answer;
  const items = new Map((itemsOf(answer) ?? []).map((item) => [identityOf(item), item]));
  for (const item of [...delta.added, ...delta.changed]) items.set(identityOf(item), item);
  const ordered = delta.order.map((id) => items.get(id));
  return delta.rest === null ? ordered : { items: ordered, ...delta.rest };
}
