// An exhaustive explorer of the guardians' protocol at one height (docs/BCDB.md, "Guardians"), without its code: honest
// guardians prepare, lock, sign and move in every order that the protocol allows; liars sign whatever helps them; the
// stream shows everybody whatever it likes. It looks for two certified headers. Variants leave a part of the protocol out.

import { obligedLock } from '../../bcdb/guardian/obliged.ts';

export type Variant = {
  /** False: a guardian signs the header that it executed at once, and moves tell what was signed. */
  readonly hasLockStep: boolean;
  /** False: a signature over a header counts in every epoch, so that those of several epochs make one certificate. */
  readonly isEpochSigned: boolean;
};

export type Exploration = {
  readonly states: number;
  /** The steps that lead to two certified headers; null: there are none. */
  readonly violation: readonly string[] | null;
};

/** A guardian's life in 4 bits an epoch: 1 and 2: which header it prepared; 4: locked and signed it; 8: came to this epoch. */
const bits = 4;
const lockedBit = 4;
const movedBit = 8;
const headers = [1, 2] as const;

export function explore(
  { honest, liars, epochs }: { readonly honest: number; readonly liars: number; readonly epochs: number },
  { hasLockStep, isEpochSigned }: Variant,
): Exploration {
  const count = honest + liars;
  const quorum = Math.floor((count + Math.floor((count - 1) / 3)) / 2) + 1;
  const at = (life: number, epoch: number): number => Math.floor(life / 2 ** (bits * epoch)) & 15;
  const present = (life: number): number => {
    for (let epoch = epochs - 1; epoch > 0; epoch--) if ((at(life, epoch) & movedBit) !== 0) return epoch;
    return 0;
  };
  const signedIn = (life: number, epoch: number): number => {
    const one = at(life, epoch);
    return !hasLockStep || (one & lockedBit) !== 0 ? one & 3 : 0;
  };
  const swap = (life: number): number => {
    let swapped = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const one = at(life, epoch);
      const header = one & 3;
      swapped += ((one & ~3) | (header === 0 ? 0 : 3 - header)) * 2 ** (bits * epoch);
    }
    return swapped;
  };
  /** A quorum prepared it, liars among them. */
  const isLockable = (lives: readonly number[], epoch: number, header: number): boolean =>
    lives.filter((life) => (at(life, epoch) & 3) === header).length + liars >= quorum;

  const isCertified = (lives: readonly number[], header: number): boolean => {
    const inOne = (epochsMeant: readonly number[]): boolean =>
      lives.filter((life) => epochsMeant.some((epoch) => signedIn(life, epoch) === header)).length + liars >= quorum;
    const all = Array.from({ length: epochs }, (_, epoch) => epoch);
    return isEpochSigned ? all.some((epoch) => inOne([epoch])) : inOne(all);
  };

  type Told = { readonly epoch: number; readonly header: number } | null;
  /** What an honest guardian's move to `epoch` tells. */
  const toldBy = (life: number, epoch: number): Told => {
    for (let before = epoch - 1; before >= 0; before--) {
      const header = signedIn(life, before);
      if (header !== 0) return { epoch: before, header };
    }
    return null;
  };
  /**
   * All of a state on which anything to come depends: what each guardian would tell, has signed and does in the latest epoch,
   * what liars can prove, and what is certified. Guardians are alike, and so are the two headers.
   */
  const keyOf = (lives: readonly number[]): string => {
    const latest = Math.max(...lives.map(present));
    const past = Array.from({ length: latest }, (_, epoch) => epoch);
    const key = (all: readonly number[]): string => {
      const each = all.map((life) => {
        const told = toldBy(life, latest);
        const signed = isEpochSigned
          ? ''
          : past
              .map((epoch) => signedIn(life, epoch))
              .sort()
              .join('');
        return `${told?.epoch ?? ''}.${told?.header ?? ''}.${at(life, latest)}.${signed}`;
      });
      const shared = headers.map((header) => {
        const proof = past.findLast((epoch) => isLockable(all, epoch, header)) ?? '';
        return `${proof}${isCertified(all, header) ? 'c' : ''}`;
      });
      return `${latest}|${each.sort().join()}|${shared.join()}`;
    };
    const [one, other] = [key(lives), key(lives.map(swap))];
    return one < other ? one : other;
  };
  /** What a liar can prove: nothing, or any lock that some quorum's prepares make. */
  const provable = (lives: readonly number[], epoch: number): readonly Told[] => {
    const locks: Told[] = [null];
    for (let before = 0; before < epoch; before++) {
      for (const header of headers) if (isLockable(lives, before, header)) locks.push({ epoch: before, header });
    }
    return locks;
  };
  /** Whether some valid beginning of `epoch` lets `header` be prepared. */
  const mayPrepare = (lives: readonly number[], epoch: number, header: number): boolean => {
    if (epoch === 0) return true;
    const moved = lives.filter((life) => (at(life, epoch) & movedBit) !== 0).map((life) => toldBy(life, epoch));
    for (let chosen = 0; chosen < 2 ** moved.length; chosen++) {
      const told = moved.filter((_, index) => (chosen & (2 ** index)) !== 0);
      if (told.length + liars < quorum) continue;
      // One lie is as good as many: the highest lock decides.
      const lies = told.length >= quorum ? [null, ...provable(lives, epoch)] : provable(lives, epoch);
      for (const lie of lies) {
        const obliged = obligedLock([...told, lie]);
        if (obliged === null || obliged.header === header) return true;
      }
    }
    return false;
  };

  /**
   * What is done in an epoch rests on nothing that is done in a later one, and more moves only allow more. So every history
   * has the same end as one in which all steps of an epoch come before any move to a later one, and all moves to an epoch
   * before any step in it: only those are explored.
   */
  function* steps(lives: readonly number[]): Generator<readonly [string, readonly number[]]> {
    const latest = Math.max(...lives.map(present));
    const isBegun = lives.some((life) => (at(life, latest) & 7) !== 0);
    for (const [index, life] of lives.entries()) {
      if (index > 0 && life === lives[index - 1]) continue; // the same guardian by another name
      const epoch = present(life);
      for (let next = isBegun ? latest + 1 : Math.max(latest, epoch + 1); next < epochs; next++) {
        yield [`${index} moves to ${next}`, become(index, movedBit, next)];
      }
      if (epoch < latest) continue;
      const one = at(life, epoch);
      for (const header of headers) {
        if ((one & 3) === 0 && mayPrepare(lives, epoch, header)) {
          yield [`${index} prepares ${header} in ${epoch}`, become(index, header, epoch)];
        }
        if (hasLockStep && (one & 7) === header && isLockable(lives, epoch, header)) {
          yield [`${index} locks ${header} in ${epoch}`, become(index, lockedBit, epoch)];
        }
      }
    }

    function become(index: number, changed: number, epoch: number): readonly number[] {
      return lives.with(index, (lives[index] ?? 0) + changed * 2 ** (bits * epoch));
    }
  }

  const first: readonly number[] = Array.from({ length: honest }, () => 0);
  const seen = new Set([keyOf(first)]);
  type Path = { readonly step: string; readonly before: Path } | null;
  const open: { readonly lives: readonly number[]; readonly path: Path }[] = [{ lives: first, path: null }];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const [step, unsorted] of steps(state.lives)) {
      const lives = [...unsorted].sort((a, b) => a - b);
      const key = keyOf(lives);
      if (seen.has(key)) continue;
      seen.add(key);
      const path: Path = {
        step: `${step} of ${state.lives.map((life) => life.toString(16)).join(',')}`,
        before: state.path,
      };
      if (headers.every((header) => isCertified(lives, header))) {
        const told: string[] = [];
        for (let one: Path = path; one !== null; one = one.before) told.unshift(one.step);
        return { states: seen.size, violation: told };
      }
      open.push({ lives, path });
    }
  }
  return { states: seen.size, violation: null };
}
