/** The vault against a real GNOME keyring on a private session bus: working, emptied, locked, absent, hung. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';

const run = promisify(execFile);
const stepsFile = join(dirname(fileURLToPath(import.meta.url)), 'entry-vault-steps.ts');

type Answer = {
  readonly step: string;
  readonly code?: string;
  readonly answer?: unknown;
  readonly state: unknown;
  readonly ms: number;
};

/** Leaves the daemon's process id in $K. */
const unlockKeyring =
  'printf pw | gnome-keyring-daemon --unlock --foreground --components=secrets >/dev/null 2>&1 & K=$!; sleep 0.5;';

needs('keyring')('the vault with a real keyring', () => {
  let home: string;
  let profile: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'keyring-home-'));
    profile = await mkdtemp(join(tmpdir(), 'keyring-profile-'));
    await chmod(home, 0o700);
  });

  const environment = (): NodeJS.ProcessEnv => ({
    PATH: process.env.PATH,
    HOME: home,
    XDG_RUNTIME_DIR: home,
    XDG_DATA_HOME: join(home, 'share'),
  });

  /** `step` with its arguments as a command of the shell. */
  const step = (name: string, timeoutMs = 10_000): string =>
    `"${process.execPath}" "${stepsFile}" ${name} "${profile}" ${timeoutMs};`;

  const answersOf = (stdout: string): readonly Answer[] =>
    stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));

  const inSession = async (script: string, ...busOptions: readonly string[]): Promise<readonly Answer[]> => {
    const { stdout } = await run('dbus-run-session', [...busOptions, '--', 'sh', '-c', script], { env: environment() });
    return answersOf(stdout);
  };

  it('creates and unlocks across processes; G8 an emptied keyring makes no new identity', async () => {
    const answers = await inSession(
      unlockKeyring +
        step('probe') +
        step('create') +
        step('unlock') +
        step('forget') +
        step('unlock') +
        step('create'),
    );
    expect(answers.map(({ step, code, answer, state }) => ({ step, code, answer, state }))).toEqual([
      { step: 'probe', answer: { name: 'Secret Service' }, state: { kind: 'empty' } },
      { step: 'create', state: { kind: 'unlocked', protection: 'keychain' } },
      { step: 'unlock', state: { kind: 'unlocked', protection: 'keychain' } },
      { step: 'forget', answer: true, state: { kind: 'locked', protection: 'keychain' } },
      { step: 'unlock', code: 'keychain/empty', state: { kind: 'repair', code: 'keychain/empty' } },
      { step: 'create', code: 'vault/exists', state: { kind: 'locked', protection: 'keychain' } },
    ]);
  });

  it('G8 a locked keyring is named as such, and opens again once it is unlocked', async () => {
    await inSession(unlockKeyring + step('create'));
    const [locked] = await inSession(step('unlock'));
    expect(locked?.state).toEqual({ kind: 'repair', code: 'keychain/locked' });
    const [unlocked] = await inSession(unlockKeyring + step('unlock'));
    expect(unlocked?.state).toEqual({ kind: 'unlocked', protection: 'keychain' });
  });

  it('G9 without a session bus, and with a bus without a secret service, it says so and stores nothing', async () => {
    const { stdout } = await run('sh', ['-c', step('probe') + step('create')], { env: environment() });
    const config = join(home, 'bus.conf');
    await writeFile(
      config,
      `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=${home}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>`,
    );
    const withBus = await inSession(step('probe') + step('create'), '--config-file', config);
    for (const [probe, create] of [answersOf(stdout), withBus]) {
      expect(probe?.answer).toEqual({ name: 'Secret Service', code: 'keychain/unavailable' });
      expect(create?.code).toBe('vault/passphrase-required');
    }
    expect(await readdir(profile)).toEqual([]);
  });

  it('a hung keyring is given up in time and named', async () => {
    const [created, hung] = await inSession(
      `${unlockKeyring}${step('create')}kill -STOP $K;${step('unlock', 1500)}kill -CONT $K; kill $K`,
    );
    expect(created?.state).toEqual({ kind: 'unlocked', protection: 'keychain' });
    expect(hung?.state).toEqual({ kind: 'repair', code: 'keychain/hung' });
    expect(hung?.ms).toBeLessThan(3000);
  });
});
