/**
 * The one door for calls from a window. In this order: sender (fails closed), size, channel, input, handler, output.
 * Knows no transport and no service; what it refuses, it logs.
 */
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { AppError, codeOf, type ErrorData, toErrorData } from '../../core/errors.ts';
import type { Topics } from '../../core/ipc/call.ts';
import { maxPayloadCharacters } from '../../core/ipc/contract.ts';
import type { Log } from '../log.ts';
import type { Handlers } from './handlers.ts';

/** Who calls. `refusal` is asked at each call: the reason why this sender may not, or undefined. */
export type Sender = { readonly name: string; readonly refusal: () => string | undefined };

/** A call as a transport hands it in: `size` in characters of wire text, and nothing is parsed before `read` runs. */
export type Call = { readonly channel: string; readonly size: number; readonly read: () => unknown };

/** What goes back: a value, or a code with the id under which the log has more. */
export type Answer =
  | { readonly kind: 'output'; readonly output: unknown }
  | { readonly kind: 'error'; readonly error: ErrorData & { readonly id: string } };

/** Runs one call; never throws. */
export type Gate = (sender: Sender, call: Call) => Promise<Answer>;

type Runnable = {
  readonly input: v.GenericSchema;
  readonly output: v.GenericSchema;
  readonly run: (input: unknown) => unknown;
};

/** Builds the gate over a contract and its handlers. Every call of the contract must have its handler. */
export function createGate<const T extends Topics>(options: {
  readonly contract: T;
  readonly handlers: Handlers<T>;
  readonly log: Log;
}): Gate {
  const runnables = new Map<string, Runnable>();
  for (const [topic, calls] of Object.entries(options.contract)) {
    const handlers: Readonly<Record<string, unknown>> | undefined = options.handlers[topic];
    for (const [name, spec] of Object.entries(calls)) {
      const run = handlers?.[name];
      if (typeof run !== 'function') throw new Error(`no handler for ${topic}.${name}`);
      runnables.set(`${topic}.${name}`, { ...spec, run: (input) => run(input) });
    }
  }

  const run = async (sender: Sender, call: Call): Promise<unknown> => {
    const refusal = sender.refusal();
    if (refusal !== undefined) throw new AppError('ipc/bad-sender', refusal);
    if (call.size > maxPayloadCharacters)
      throw new AppError('ipc/too-large', `${maxPayloadCharacters} characters at most`);
    const raw = readInput(call);
    const runnable = runnables.get(call.channel);
    if (runnable === undefined) throw new AppError('ipc/unknown-channel');
    const input = v.safeParse(runnable.input, raw, { abortEarly: true });
    // The path only, never the value: it may be a passphrase.
    if (!input.success) throw new AppError('ipc/bad-input', issueText(input.issues[0]));
    const output = v.safeParse(runnable.output, await runnable.run(input.output), { abortEarly: true });
    if (!output.success) throw new AppError('ipc/bad-output', issueText(output.issues[0]));
    return output.output;
  };

  return async (sender, call) => {
    try {
      return { kind: 'output', output: await run(sender, call) };
    } catch (error) {
      const data = { ...toErrorData(error), id: randomUUID() };
      const isOurs = codeOf(error) !== undefined;
      options.log(isOurs ? 'warn' : 'error', 'ipc', 'refused', {
        channel: call.channel.slice(0, 80),
        sender: sender.name,
        code: data.code,
        detail: data.detail,
        id: data.id,
        stack: isOurs || !(error instanceof Error) ? undefined : error.stack,
      });
      // What is not ours stays in the log: its text was written for nobody.
      return { kind: 'error', error: isOurs ? data : { ...data, detail: '' } };
    }
  };
}

function readInput(call: Call): unknown {
  try {
    return call.read();
  } catch (cause) {
    throw new AppError('ipc/bad-input', 'not readable', { cause });
  }
}

const issueText = (issue: v.BaseIssue<unknown>): string =>
  `${v.getDotPath(issue) ?? ''}: ${issue.type}`.replace(/^: /, '');
