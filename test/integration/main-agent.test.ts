/** The agent as a real child process: what it gets, what others can see of it, how it ends. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FromAgent } from '../../core/agent-link.ts';
import { type AgentProcess, startAgent } from '../../main/farm/agent-process.ts';

const here = dirname(fileURLToPath(import.meta.url));
const nodeSeed = Uint8Array.from({ length: 32 }, (_, index) => index + 1);

let folder: string;
let garbage: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent-'));
  garbage = [];
});

const start = (entry: string): { readonly agent: AgentProcess; readonly first: Promise<FromAgent> } => {
  const first = Promise.withResolvers<FromAgent>();
  const agent = startAgent({
    nodePath: process.execPath,
    entryPath: join(here, entry),
    start: {
      type: 'start',
      folder,
      imagesFolder: folder,
      invitation: '3bot-grid:x',
      nodeSeed,
      farm: new Uint8Array(32),
      limits: {},
    },
    onLine: first.resolve,
    onGarbage: (what) => garbage.push(what),
  });
  return { agent, first: first.promise };
};

describe('the agent process', () => {
  it('G17 the seed goes by the pipe alone: not in argv, not in the environment', async () => {
    process.env['THREEBOT_TEST_SECRET'] = 'of the parent';
    const { agent, first } = start('entry-fake-agent.ts');
    expect((await first).type).toBe('status');
    await agent.stop(5000, false);
    const seen = JSON.parse(await readFile(join(folder, 'seen.json'), 'utf8'));
    expect(seen.seed).toBe(Buffer.from(nodeSeed).toString('hex'));
    const visible = seen.cmdline + seen.environ + seen.argv.join(' ');
    for (const form of ['hex', 'base64', 'base64url'] as const)
      expect(visible).not.toContain(Buffer.from(nodeSeed).toString(form));
    expect(visible).not.toContain('of the parent');
    delete process.env['THREEBOT_TEST_SECRET'];
  });

  it('a line that is not ours is told and skipped', async () => {
    const { agent, first } = start('entry-fake-agent.ts');
    await first;
    expect(garbage).toEqual(['not a line of ours']);
    expect(await agent.stop(5000, true)).toMatchObject({ code: 0 });
  });

  it('an end by itself gives its code', async () => {
    const { agent, first } = start('entry-fake-agent.ts');
    await first;
    agent.tell({ type: 'countersigned', signature: new Uint8Array(64) });
    expect(await agent.exited).toMatchObject({ code: 9 });
  });

  it('a program that does not start gives its last words', async () => {
    const { agent } = start('entry-that-is-not-there.ts');
    const exit = await agent.exited;
    expect(exit.code).toBe(1);
    expect(exit.lastWords).toContain('entry-that-is-not-there.ts');
  });
});
