/**
 * One run of the node-agent: spawned with its secrets on stdin, spoken to by lines, stopped with patience. Never puts
 * anything but the program's path into argv, nor anything of ours into its environment.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import {
  type AgentStart,
  decodeFromAgent,
  encodeAgentLine,
  type FromAgent,
  type ToAgent,
} from '../../core/agent-link.ts';
import { codeOf } from '../../core/errors.ts';

/** How a run ended. `lastWords`: the end of what it wrote to stderr. */
export type AgentExit = { readonly code: number | null; readonly signal: string | null; readonly lastWords: string };

/** A running agent. */
export type AgentProcess = {
  readonly exited: Promise<AgentExit>;
  tell(line: ToAgent): void;
  /** Asks it to stop, with its workloads (`drain`) or without, and ends it after `patienceMs`. */
  stop(patienceMs: number, drain: boolean): Promise<AgentExit>;
};

/** What the agent's environment keeps of ours: where programs, homes and runtime sockets are. */
const passedOn = ['PATH', 'HOME', 'USER', 'LANG', 'TMPDIR', 'TEMP', 'XDG_RUNTIME_DIR', 'SystemRoot', 'APPDATA'];
const lastWordsLength = 2000;
const longestLine = 1_048_576;

/** Starts the agent. `onLine` gets each line that parses; `onGarbage` is told of the others. */
export function startAgent(options: {
  readonly nodePath: string;
  readonly entryPath: string;
  readonly start: AgentStart;
  readonly onLine: (line: FromAgent) => void;
  readonly onGarbage: (what: string) => void;
}): AgentProcess {
  const env = Object.fromEntries(
    passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  const child: ChildProcessWithoutNullStreams = spawn(options.nodePath, [options.entryPath], { env, stdio: 'pipe' });
  let lastWords = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-lastWordsLength);
  });
  readLines(child, options.onLine, options.onGarbage);
  // A pipe that broke says nothing that the exit does not say better.
  child.stdin.on('error', (error) => options.onGarbage(error.message));

  const exited = new Promise<AgentExit>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, lastWords: error.message }));
    child.once('close', (code, signal) => resolve({ code, signal, lastWords: lastWords.trim() }));
  });
  const tell = (line: ToAgent): void => {
    if (child.stdin.writable) child.stdin.write(encodeAgentLine(line));
  };
  tell(options.start);

  return {
    exited,
    tell,
    async stop(patienceMs, drain) {
      tell({ type: 'stop', drain });
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
  };
}

function readLines(
  child: ChildProcessWithoutNullStreams,
  onLine: (line: FromAgent) => void,
  onGarbage: (what: string) => void,
): void {
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine) {
      onGarbage('a line without end');
      rest = '';
    }
    for (const line of lines) {
      const parsed = parseLine(line);
      if (parsed === undefined) onGarbage(line.slice(0, 200));
      else onLine(parsed);
    }
  });
}

function parseLine(line: string): FromAgent | undefined {
  try {
    return decodeFromAgent(line);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined; // told to onGarbage by the caller
  }
}
