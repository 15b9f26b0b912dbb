// `threebot bootstrap`: says where it is, runs until it is stopped, and what was typed wrong is told.
import { expect, it } from 'vitest';
import { bootstrapCommand } from '../../../main/command-line/bootstrap-command.ts';
import type { Terminal } from '../../../main/command-line/command.ts';

function terminalUntil(stopped: Promise<void>) {
  const said: string[] = [];
  const advised: string[] = [];
  const terminal: Terminal = {
    say: (line) => said.push(line),
    advise: (line) => advised.push(line),
    isInteractive: false,
    askSecret: () => Promise.reject(new Error('nobody is asked')),
    pause: () => Promise.reject(new Error('nobody is asked')),
    untilStopped: () => stopped,
  };
  return { said, advised, terminal };
}

it('runs its nodes until it is stopped; a second one on the same ports says why it cannot', async () => {
  const stop = Promise.withResolvers<void>();
  const first = terminalUntil(stop.promise);
  const running = bootstrapCommand.run(['--port=29490', '--host=127.0.0.1'], first.terminal);
  await expect.poll(() => first.said).toEqual(['bootstrap: 127.0.0.1:29490']);
  const second = terminalUntil(stop.promise);
  expect(await bootstrapCommand.run(['--port=29491', '--host=127.0.0.1'], second.terminal)).toBe(1);
  expect([second.said, second.advised]).toEqual([[], ['threebot bootstrap: one of the four ports is taken']]);
  stop.resolve();
  expect(await running).toBe(0);
});

it('asks for a port, explains itself, and refuses what is none', async () => {
  const { said, advised, terminal } = terminalUntil(Promise.resolve());
  expect(await bootstrapCommand.run([], terminal)).toBe(2);
  expect(await bootstrapCommand.run(['--help'], terminal)).toBe(0);
  expect([said, advised]).toEqual([[bootstrapCommand.help], [bootstrapCommand.help]]);
  await expect(bootstrapCommand.run(['--port=many'], terminal)).rejects.toBeInstanceOf(RangeError);
  await expect(bootstrapCommand.run(['--port=24000', '--depth=2'], terminal)).rejects.toBeInstanceOf(TypeError);
});
