// The agent's process. Its first line on stdin is the start, the only thing that ever carries its key; later lines countersign
// or stop it. Status goes out on stdout, a message a line; log lines on stderr. It opens no port.
import { createInterface } from 'node:readline';
import { openReplica } from '../bcdb/replica.ts';
import { verifySodium } from '../bcdb/verify.ts';
import { decodeToAgent, encodeAgentLine, type ToAgent } from '../core/agent-link.ts';
import { toErrorData } from '../core/errors.ts';
import packageJson from '../package.json' with { type: 'json' };
import { type Agent, startAgent } from './agent.ts';

const log = (line: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
};

let agent: Agent | undefined;
let isEnding = false;

const end = async (drain: boolean, exitCode: number): Promise<void> => {
  if (isEnding) return;
  isEnding = true;
  await agent?.stop(drain);
  process.exit(exitCode);
};

const obey = (message: ToAgent): void => {
  switch (message.type) {
    case 'start':
      agent ??= startAgent(
        message,
        {
          openReplica,
          verify: verifySodium,
          agentVersion: packageJson.version,
          env: process.env,
          send: (answer) => process.stdout.write(encodeAgentLine(answer)),
          log,
        },
        () => void end(false, 1),
      );
      break;
    case 'countersigned':
      agent?.countersigned(message.signature);
      break;
    case 'stop':
      void end(message.drain, 0);
      break;
    default:
      message satisfies never;
  }
};

// A reader that is gone shows as the end of stdin as well; a status that nobody hears is no reason to crash.
process.stdout.on('error', (error) => log(`stdout: ${error.message}`));
const lines = createInterface({ input: process.stdin, terminal: false });
lines.on('line', (line) => {
  try {
    obey(decodeToAgent(line));
  } catch (error) {
    const { code, detail } = toErrorData(error);
    log(`a line on stdin was refused: ${code} ${detail}`);
    if (agent === undefined) void end(false, 2);
  }
});
// Whoever started the agent is gone: containers go on, the next start adopts them.
lines.on('close', () => void end(false, 0));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(false, 0));
