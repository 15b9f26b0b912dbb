// Runs a command with a private, unlocked keyring on a private D-Bus and in a private home folder, and removes all of it
// afterwards: `node scripts/keyring-session.mjs <command> …`. Without the keyring's packages only the home is private.
// A person's own keyring and home are never touched.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './lib/run-suites.mjs';
import { inspectMachine } from './machine.mjs';

const command = process.argv.slice(2);
if (command.length === 0) {
  console.error('usage: node scripts/keyring-session.mjs <command> [arguments]');
  process.exit(2);
}

// Unlocks the keyring with a password of this session, waits until it answers on the bus, and becomes the command.
const script = `
printf %s "$THREEBOT_SESSION_PASSWORD" | gnome-keyring-daemon --unlock --components=secrets >/dev/null || exit 97
unset THREEBOT_SESSION_PASSWORD
tries=0
until dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets 2>/dev/null | grep -q true; do
  tries=$((tries + 1)); [ $tries -lt 100 ] || { echo "the keyring did not answer" >&2; exit 97; }; sleep 0.05
done
export THREEBOT_KEYRING_SESSION=1
exec "$@"
`;

// Short, because sockets inside it must fit into 107 bytes; mkdtemp makes it 0700.
const home = mkdtempSync(join(tmpdir(), '3b-'));
const reason = inspectMachine().keyring;
const wrapped = reason === undefined ? ['dbus-run-session', '--', 'sh', '-c', script, 'sh', ...command] : command;
const { DBUS_SESSION_BUS_ADDRESS: _bus, THREEBOT_KEYRING_SESSION: _session, ...inherited } = process.env;
const env = {
  ...inherited,
  HOME: home,
  XDG_RUNTIME_DIR: home,
  XDG_CONFIG_HOME: join(home, '.config'),
  XDG_DATA_HOME: join(home, '.local/share'),
  XDG_CACHE_HOME: join(home, '.cache'),
  XDG_STATE_HOME: join(home, '.local/state'),
  THREEBOT_SESSION_PASSWORD: randomBytes(16).toString('hex'),
};
const sixHoursMs = 6 * 60 * 60 * 1000;
const code = await runCommand(/** @type {[string, ...string[]]} */ (wrapped), { env, timeoutMs: sixHoursMs });
rmSync(home, { recursive: true, force: true });
process.exitCode = code;
