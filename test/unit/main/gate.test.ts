/** The gate alone: its order of checks, what it logs, what it never tells. */
import * as v from 'valibot';
import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { call } from '../../../core/ipc/call.ts';
import { maxPayloadCharacters } from '../../../core/ipc/contract.ts';
import { createGate, type Gate, type Sender } from '../../../main/ipc/gate.ts';
import type { LogFields } from '../../../main/log.ts';

const contract = {
  money: {
    double: call(v.strictObject({ amount: v.bigint() }), v.bigint()),
    lie: call(v.null(), v.string()),
    fail: call(v.null(), v.null()),
    crash: call(v.null(), v.null()),
  },
};

const trusted: Sender = { name: 'test', refusal: () => undefined };
let logged: { readonly what: string; readonly fields: LogFields | undefined }[];
let ran: number;
let gate: Gate;

beforeEach(() => {
  logged = [];
  ran = 0;
  gate = createGate({
    contract,
    handlers: {
      money: {
        double: ({ amount }) => {
          ran += 1;
          return amount * 2n;
        },
        // A handler that breaks its promise, as untyped code could.
        lie: () => 7 as unknown as string,
        fail: () => {
          throw new AppError('money/insufficient', '3 of 5', { retry: true });
        },
        crash: () => {
          throw new Error('secret internals');
        },
      },
    },
    log: (_level, _area, what, fields) => logged.push({ what, fields }),
  });
});

const ask = (channel: string, input: unknown, sender = trusted, size = 10): ReturnType<Gate> =>
  gate(sender, { channel, size, read: () => input });

describe('the gate', () => {
  it('runs a good call and logs nothing', async () => {
    expect(await ask('money.double', { amount: 21n })).toEqual({ kind: 'output', output: 42n });
    expect(logged).toEqual([]);
  });

  it.each([
    [
      'a sender that may not',
      'money.double',
      { amount: 1n },
      { name: 'frame', refusal: () => 'sub-frame' },
      10,
      'ipc/bad-sender',
    ],
    ['a payload that is too large', 'money.double', { amount: 1n }, trusted, maxPayloadCharacters + 1, 'ipc/too-large'],
    ['an unknown channel', 'money.steal', null, trusted, 10, 'ipc/unknown-channel'],
    ['a name of every object', 'money.constructor', null, trusted, 10, 'ipc/unknown-channel'],
    ['a wrong type', 'money.double', { amount: 1 }, trusted, 10, 'ipc/bad-input'],
    ['an extra key', 'money.double', { amount: 1n, more: true }, trusted, 10, 'ipc/bad-input'],
    ['an output that breaks the contract', 'money.lie', null, trusted, 10, 'ipc/bad-output'],
  ])('G13 refuses and logs %s', async (_name, channel, input, sender, size, code) => {
    const answer = await ask(channel, input, sender, size);
    expect(answer).toMatchObject({ kind: 'error', error: { code } });
    expect(logged).toHaveLength(1);
    expect(logged[0]?.fields).toMatchObject({ code, id: answer.kind === 'error' ? answer.error.id : '' });
    expect(ran).toBe(0);
  });

  it('asks about the sender before it reads anything', async () => {
    let reads = 0;
    const read = (): unknown => {
      reads += 1;
      return null;
    };
    await gate({ name: 'frame', refusal: () => 'no' }, { channel: 'money.fail', size: 1, read });
    await gate(trusted, { channel: 'money.fail', size: maxPayloadCharacters + 1, read });
    expect(reads).toBe(0);
  });

  it('passes on our own errors with code, detail and retry', async () => {
    expect(await ask('money.fail', null)).toMatchObject({
      kind: 'error',
      error: { code: 'money/insufficient', detail: '3 of 5', retry: true },
    });
  });

  it('keeps the text of foreign errors in the log and gives out its id only', async () => {
    const answer = await ask('money.crash', null);
    expect(answer).toMatchObject({ kind: 'error', error: { code: 'ipc/internal', detail: '' } });
    expect(JSON.stringify(answer)).not.toContain('secret internals');
    expect(logged[0]?.fields?.detail).toBe('secret internals');
  });

  it('refuses to start with a handler missing', () => {
    expect(() => createGate({ contract, handlers: { money: {} } as never, log: () => {} })).toThrow(
      'no handler for money.double',
    );
  });
});
