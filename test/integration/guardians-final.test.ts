// Several guardians as they run in the world: a process each, with its own replica, network and nats-server, on loopback.

import { afterEach, expect, it } from 'vitest';
import { until } from '../support/bcdb-replicas.ts';
import { GuardianProcesses } from '../support/guardian-processes.ts';
import { needs } from '../support/needs.ts';

let grid: GuardianProcesses | undefined;
afterEach(async () => {
  await grid?.end();
  grid = undefined;
});

const patienceMs = 90_000;

/** All that run have the same head, and it is not below this height. */
async function agreed(grid: GuardianProcesses, height: number, places: readonly number[]): Promise<void> {
  await until(
    'the same head on all',
    () => {
      const heads = places.map((place) => grid.at(place).head);
      const [first] = heads;
      return (
        first !== undefined && first.height >= height && heads.every((head) => head?.headerHash === first.headerHash)
      );
    },
    patienceMs,
  );
}

const isFinal = (grid: GuardianProcesses, place: number, id: string): boolean =>
  grid.at(place).outbox.get(id) === 'final';

needs('nats', 'sockets')('guardians in processes of their own', () => {
  it.each([3, 4])(
    '%i make records final; one is killed, the others go on, and it comes back',
    async (count) => {
      grid = await GuardianProcesses.make(count);
      const processes = grid;
      await processes.startAll();
      const first = processes.pay(0, 20);
      await until('the first payments', () => isFinal(processes, 0, first), patienceMs);
      await agreed(processes, 1, [...processes.guardians.keys()]);

      const last = count - 1;
      processes.kill(last);
      const second = processes.pay(1, 20);
      await until('payments without one guardian', () => isFinal(processes, 1, second), patienceMs);
      await until('it is missed', () => processes.at(0).view?.quorum.here === last, patienceMs);

      await processes.start(last);
      const height = processes.at(0).head?.height ?? 0;
      await agreed(processes, height, [...processes.guardians.keys()]);
      const fourth = processes.pay(0, 5);
      await until('payments with all again', () => isFinal(processes, 0, fourth), patienceMs);
      expect(processes.guardians.map(({ view }) => view?.alarm)).toEqual(processes.guardians.map(() => null));
    },
    240_000,
  );
});
