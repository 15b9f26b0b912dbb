/** The agent's supervisor over runs that are made to fail; no process, no real waiting. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { FromAgent, ToAgent } from '../../../core/agent-link.ts';
import { AppError } from '../../../core/errors.ts';
import type { AgentExit, AgentProcess } from '../../../main/farm/agent-process.ts';
import { mostCrashes, pauseMsAfter, Supervisor } from '../../../main/farm/supervisor.ts';

type Run = {
  readonly hear: (line: FromAgent) => void;
  readonly end: (exit: Partial<AgentExit>) => void;
  readonly told: ToAgent[];
  drained: boolean | undefined;
};

let now: number;
let runs: Run[];
let waits: number[];
let startFails: Error | undefined;
let supervisor: Supervisor;

const status = (problem: null | { code: 'agent/no-container-engine'; detail: string } = null): FromAgent => ({
  type: 'status',
  node: '0'.repeat(64),
  status: { state: 'running', problem, engine: 'podman', capacity: null, startedMs: 1, nextTryMs: null, workloads: [] },
});

/** Lets everything that is ready run. */
const settle = async (turns = 4): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
};

beforeEach(() => {
  now = 0;
  runs = [];
  waits = [];
  startFails = undefined;
  supervisor = new Supervisor({
    log: () => {},
    now: () => now,
    onChange: () => {},
    onCountersign: () => {},
    wait: async (ms) => {
      waits.push(ms);
      now += ms;
      await settle(1);
    },
    startRun: async (hear): Promise<AgentProcess> => {
      if (startFails !== undefined) throw startFails;
      const ended = Promise.withResolvers<AgentExit>();
      const run: Run = {
        hear,
        end: (exit) => ended.resolve({ code: 1, signal: null, lastWords: '', ...exit }),
        told: [],
        drained: undefined,
      };
      runs.push(run);
      return {
        exited: ended.promise,
        tell: (line) => run.told.push(line),
        stop: (_patienceMs, drain) => {
          run.drained = drain;
          run.end({ code: 0 });
          return ended.promise;
        },
      };
    },
  });
});

describe('the supervisor', () => {
  it('shows what the agent says, and stops it with its workloads', async () => {
    supervisor.start();
    await settle();
    runs[0]?.hear(status());
    expect(supervisor.view()).toMatchObject({ state: 'running', engine: 'podman', problem: null });
    await supervisor.stop(true);
    expect(runs[0]?.drained).toBe(true);
    expect(supervisor.view()).toMatchObject({ state: 'stopped', engine: null });
    expect(supervisor.isOn).toBe(false);
  });

  it('G16 an agent that crashes at once 20 times: growing pauses, then a clear stop with the reason', async () => {
    supervisor.start();
    for (let crash = 1; crash <= mostCrashes; crash++) {
      await settle();
      expect(runs).toHaveLength(crash);
      runs.at(-1)?.end({ code: 7, lastWords: 'first\nno such engine' });
      await settle();
    }
    expect(waits).toEqual(Array.from({ length: mostCrashes - 1 }, (_, index) => pauseMsAfter(index + 1)));
    expect(waits.slice(0, 9)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    expect(supervisor.view()).toMatchObject({ state: 'gave-up', nextTryMs: null });
    expect(supervisor.view().problem).toEqual({
      code: 'agent/gave-up',
      detail: '20 crashes in a row; the last: agent/crashed ended with code 7 no such engine',
    });
    expect(supervisor.isOn).toBe(false);
    supervisor.start();
    await settle();
    expect(runs).toHaveLength(mostCrashes + 1);
  });

  it('names the problem that the agent told of before it ended', async () => {
    supervisor.start();
    await settle();
    runs[0]?.hear(status({ code: 'agent/no-container-engine', detail: 'apt-get install podman' }));
    runs[0]?.end({});
    await settle();
    expect(waits).toEqual([500]);
    runs[1]?.end({ signal: 'SIGKILL', code: null });
    await settle();
    expect(waits).toEqual([500, 1000]);
  });

  it('a crash after a good run is a first one again', async () => {
    supervisor.start();
    for (let crash = 0; crash < 5; crash++) {
      await settle();
      runs.at(-1)?.end({});
    }
    await settle();
    now += 60_000;
    runs.at(-1)?.end({});
    await settle();
    expect(waits.at(-1)).toBe(500);
  });

  it('waits for locked keys without counting crashes', async () => {
    startFails = new AppError('vault/locked');
    supervisor.start();
    for (let turn = 0; turn < 200; turn++) await settle();
    expect(waits.length).toBeGreaterThan(mostCrashes);
    expect(new Set(waits)).toEqual(new Set([2000]));
    expect(supervisor.view()).toMatchObject({ problem: { code: 'vault/locked' } });
    startFails = undefined;
    await settle();
    runs[0]?.hear(status());
    expect(supervisor.view().state).toBe('running');
  });

  it('stops during a pause without starting again', async () => {
    supervisor.start();
    await settle();
    runs[0]?.end({});
    await supervisor.stop(false);
    const count = runs.length;
    await settle();
    expect(runs).toHaveLength(count);
    expect(supervisor.view().state).toBe('stopped');
  });

  it('starts anew without its workloads when something has changed, on or off', async () => {
    supervisor.start();
    await settle();
    runs[0]?.hear(status());
    await supervisor.restart();
    await settle();
    expect(runs).toHaveLength(2);
    expect(runs[0]?.drained).toBe(false);
    expect(runs[1]?.drained).toBeUndefined();
    expect(supervisor.view().state).toBe('starting');
    expect(waits).toEqual([]);
    await supervisor.stop(true);
    await supervisor.restart();
    await settle();
    expect(runs).toHaveLength(3);
    await supervisor.stop(false);
  });

  it('passes on the signature of the farmer', async () => {
    supervisor.start();
    await settle();
    const signature = new Uint8Array(64).fill(1);
    supervisor.countersigned(signature);
    expect(runs[0]?.told).toEqual([{ type: 'countersigned', signature }]);
    await supervisor.stop(false);
  });
});
