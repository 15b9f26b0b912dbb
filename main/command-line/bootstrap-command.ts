/** `threebot bootstrap`: DHT nodes of our own, from which members of a grid find each other without the public ones. */
import { parseArgs } from 'node:util';
import { runBootstrap } from '../../bcdb/net/bootstrap.ts';
import type { Command } from './command.ts';

const help = `Usage: threebot bootstrap --port=N [--host=ADDRESS]

  --port=N          the first of four UDP ports in a row
  --host=ADDRESS    the IPv4 address under which others reach this machine (default: its first one)

Runs until it is stopped, and keeps nothing. It learns who looks for which topic at which address, never a grid or what is
said in it. Members start from it by an invitation that names it, by Settings, Network, or by threebot guardian start --bootstrap.`;

export const bootstrapCommand: Command = {
  summary: 'run DHT nodes of your own, for a grid apart from the public ones',
  help,
  async run(args, terminal) {
    const { values } = parseArgs({
      args: [...args],
      options: { port: { type: 'string' }, host: { type: 'string' }, help: { type: 'boolean' } },
    });
    if (values.help === true || values.port === undefined) {
      (values.help === true ? terminal.say : terminal.advise)(help);
      return values.help === true ? 0 : 2;
    }
    const stopped = terminal.untilStopped();
    try {
      const nodes = await runBootstrap({ port: Number(values.port), host: values.host });
      terminal.say(`bootstrap: ${nodes.address}`);
      await stopped;
      await nodes.close();
      return 0;
    } catch (error) {
      const isTaken = typeof error === 'object' && error !== null && 'code' in error && error.code === 'EADDRINUSE';
      if (!isTaken) throw error;
      terminal.advise('threebot bootstrap: one of the four ports is taken');
      return 1;
    }
  },
};
