// What is played for the pictures: plays in acts. Each act brings its people to where some pictures find them.

import type { Scene } from '../demo/scene.ts';
import { GuardedGrid } from './guarded.ts';
import { LongHistory } from './long-history.ts';
import { setPeople } from './people.ts';
import { type Shot, shots } from './shots.ts';
import { awayShots, evidenceShots, verifyingShots, waitingShots, wholeShots } from './shots-guarded.ts';

/** One act: what happens, and what is looked at then. */
export type Act = { readonly set: () => Promise<void>; readonly shots: readonly Shot[] };

/** A play on a scene of its own. */
export type Play = { readonly acts: readonly Act[]; readonly stop: () => Promise<void> };

type Say = (line: string) => void;

const people = (scene: Scene, say: Say): Play => ({
  acts: [{ set: () => setPeople(scene, say), shots }],
  stop: async () => {},
});

const guarded = (scene: Scene, say: Say): Play => {
  const grid = new GuardedGrid(scene);
  const told = (line: string, set: () => Promise<void>) => (): Promise<void> => {
    say(line);
    return set();
  };
  return {
    acts: [
      { set: told('four guardians, ten farms', () => grid.found()), shots: wholeShots },
      { set: told('a guardian goes away', () => grid.leave(3)), shots: awayShots },
      { set: told('one key on two machines', () => grid.lie()), shots: evidenceShots },
      { set: told('another one goes away', () => grid.leave(2)), shots: waitingShots },
    ],
    stop: () => grid.stop(),
  };
};

const long = (scene: Scene, say: Say): Play => {
  const history = new LongHistory(scene);
  const set = (): Promise<void> => {
    say('a long history');
    return history.join();
  };
  return { acts: [{ set, shots: verifyingShots }], stop: () => history.stop() };
};

/** All of them. */
export const plays: readonly ((scene: Scene, say: Say) => Play)[] = [people, guarded, long];
