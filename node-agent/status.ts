// How the agent is doing, told to its supervisor whenever it changes. Says, never asks.
import type { FromAgent } from '../core/agent-link.ts';
import { type ErrorData, toErrorData } from '../core/errors.ts';
import type { AgentStatusView } from '../core/ipc/views.ts';

export interface StatusBoard {
  /** Changes some fields; says the whole if that made a difference. */
  set(change: Partial<AgentStatusView>): void;
  /** Shows what went wrong as the problem, until `set({ problem: null })`. */
  fail(error: unknown): void;
}

/** A board for the node with this id. */
export function createStatusBoard(node: string, startedMs: number, send: (message: FromAgent) => void): StatusBoard {
  let status: AgentStatusView = {
    state: 'starting',
    problem: null,
    engine: null,
    capacity: null,
    startedMs,
    nextTryMs: null,
    workloads: [],
  };
  let said = '';
  const set = (change: Partial<AgentStatusView>): void => {
    status = { ...status, ...change };
    const text = JSON.stringify(status);
    if (text === said) return;
    said = text;
    send({ type: 'status', node, status });
  };
  return {
    set,
    fail: (error) => {
      const { code, detail }: ErrorData = toErrorData(error, 'agent/engine-failed');
      set({ problem: { code, detail } });
    },
  };
}
