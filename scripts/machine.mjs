// What this machine offers to the tests and the demo (containers, a browser, a keyring, …). As a program it installs what
// is missing on a Debian machine as root, else prints the exact command. Imported, it only looks and never installs by itself.

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findNode } from './lib/node.mjs';

/** @typedef {'chromium' | 'xvfb' | 'podman' | 'busybox' | 'keyring' | 'netns' | 'sockets' | 'nats' | 'postgres' | 'faketime' | 'strace'} Feature */
/** @typedef {{ readonly packages: readonly string[], readonly lacks: () => string | undefined }} Need */

/**
 * Where a command stands on PATH (or in the folders that a plain user's PATH leaves out).
 * @param {string} name
 * @returns {string | undefined}
 */
const findCommand = (name) => {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/sbin',
    '/usr/lib/podman',
    '/usr/libexec/podman',
  ];
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch (error) {
      if (!['ENOENT', 'EACCES', 'ENOTDIR'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? ''))
        throw error;
    }
  }
  return undefined;
};

/**
 * A sentence naming the commands that are missing, or undefined when all are there.
 * @param {...string} names
 */
const lacksCommands = (...names) => {
  const missing = names.filter((name) => findCommand(name) === undefined);
  return missing.length === 0 ? undefined : `${missing.join(', ')} not installed`;
};

/** Containers often forbid one process to look at another. */
const lacksTracing = () =>
  spawnSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' }).status === 0
    ? undefined
    : 'strace may not trace';

const isRoot = () => process.getuid?.() === 0;

/** Each feature: the Debian packages that bring it, and what is missing for it right now. */
const needs = /** @type {const} @satisfies {Record<Feature, Need>} */ ({
  chromium: { packages: ['chromium', 'fonts-dejavu-core'], lacks: () => lacksCommands('chromium') },
  xvfb: { packages: ['xvfb', 'xauth'], lacks: () => lacksCommands('Xvfb', 'xauth') },
  podman: {
    packages:
      'podman runc crun netavark aardvark-dns slirp4netns passt uidmap fuse-overlayfs catatonit iptables nftables'.split(
        ' ',
      ),
    lacks: () => {
      const missing = lacksCommands('podman', 'runc', 'netavark', 'catatonit', 'iptables', 'nft');
      if (missing !== undefined) return missing;
      // Rootless engines on cgroup v1 accept limits and ignore them: no test of limits could hold.
      const canLimit = isRoot() || existsSync('/sys/fs/cgroup/cgroup.controllers');
      return canLimit ? undefined : 'container limits need root on this machine (cgroup v1)';
    },
  },
  busybox: { packages: ['busybox-static'], lacks: () => lacksCommands('busybox') },
  keyring: {
    packages: ['gnome-keyring', 'dbus', 'dbus-x11'],
    lacks: () => lacksCommands('gnome-keyring-daemon', 'dbus-run-session'),
  },
  netns: {
    packages: ['iproute2', 'nftables'],
    lacks: () => lacksCommands('ip', 'nsenter') ?? (isRoot() ? undefined : 'network namespaces need root'),
  },
  sockets: { packages: ['iproute2'], lacks: () => lacksCommands('ss') },
  nats: { packages: ['nats-server'], lacks: () => lacksCommands('nats-server') },
  // For the bench alone; its programs stand on nobody's PATH.
  postgres: {
    packages: ['postgresql'],
    lacks: () => (existsSync('/usr/lib/postgresql') ? undefined : 'postgresql not installed'),
  },
  faketime: { packages: ['faketime'], lacks: () => lacksCommands('faketime') },
  strace: { packages: ['strace'], lacks: () => lacksCommands('strace') ?? lacksTracing() },
});

const features = /** @type {readonly Feature[]} */ (Object.keys(needs));
/** No test needs the others. */
const forTests = features.filter((feature) => feature !== 'postgres');

/**
 * What is available now: undefined for yes, else the reason why not.
 * @returns {Record<Feature, string | undefined>}
 */
export const inspectMachine = () => {
  const found = /** @type {Record<Feature, string | undefined>} */ ({});
  for (const feature of features) found[feature] = needs[feature].lacks();
  return found;
};

/**
 * The same as environment for a test process: `THREEBOT_HAS_PODMAN=1`, or `THREEBOT_LACKS_PODMAN=<reason>`.
 * A keyring counts only inside a session that scripts/keyring-session.mjs opened, so that no test touches a person's own.
 * @returns {Record<string, string>}
 */
export const machineEnv = () => {
  /** @type {Record<string, string>} */
  const env = {};
  const found = inspectMachine();
  if (found.keyring === undefined && process.env.THREEBOT_KEYRING_SESSION === undefined) {
    found.keyring = 'no private keyring session (npm test opens one)';
  }
  for (const feature of features) {
    const reason = found[feature];
    const name = feature.toUpperCase();
    if (reason === undefined) env[`THREEBOT_HAS_${name}`] = '1';
    else env[`THREEBOT_LACKS_${name}`] = reason;
  }
  return env;
};

const aptOptions = ['-y', '-qq', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0'];

/**
 * Runs apt-get quietly; its own words are shown only when it fails.
 * @param {readonly string[]} args
 * @returns {boolean}
 */
const apt = (args) => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = spawnSync('apt-get', args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (run.status !== 0) console.error(`apt-get ${args[0]} failed: ${(run.stderr || run.error?.message || '').trim()}`);
  return run.status === 0;
};

/**
 * Installs Debian packages when this machine allows it (Debian-like, root); otherwise prints the command for a person.
 * @param {readonly string[]} packages
 * @returns {boolean} whether they were installed
 */
const installPackages = (packages) => {
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (findCommand('apt-get') === undefined) {
    console.log(`machine: install the equivalents of: ${packages.join(' ')}`);
    return false;
  }
  if (!isRoot()) {
    console.log(`machine: to install what is missing, run: sudo ${command}`);
    return false;
  }
  console.log(`machine: installing ${packages.join(' ')}`);
  const startedMs = Date.now();
  const isDone = apt(['update', '-qq']) && apt(['install', ...aptOptions, ...packages]);
  console.log(
    `machine: ${isDone ? 'installed' : 'could not install'} (${Math.round((Date.now() - startedMs) / 1000)} s)`,
  );
  return isDone;
};

/**
 * Installs what the machine lacks, if it may, and says in one line per feature what is still missing and why.
 * @param {readonly Feature[]} wanted
 * @returns {Record<Feature, string | undefined>} as inspectMachine, afterwards
 */
export const prepareMachine = (wanted = forTests) => {
  const before = inspectMachine();
  const lacking = wanted.filter((feature) => before[feature]?.includes('not installed'));
  if (lacking.length > 0) installPackages([...new Set(lacking.flatMap((feature) => needs[feature].packages))]);
  const after = inspectMachine();
  for (const feature of wanted) {
    if (after[feature] !== undefined) console.log(`machine: no ${feature}: ${after[feature]}`);
  }
  return after;
};

const packageOfLibrary = /** @type {Readonly<Record<string, string>>} */ ({ 'libatomic.so.1': 'libatomic1' });

/**
 * The Node to run the project with; installs the one system library it may lack, or ends the program with the reason.
 * @returns {string} path of the binary
 */
export const requireNode = () => {
  let found = findNode();
  const library = found.path === undefined ? found.missingLibrary : undefined;
  const libraryPackage = library === undefined ? undefined : packageOfLibrary[library];
  if (libraryPackage !== undefined && installPackages([libraryPackage])) found = findNode();
  if (found.path !== undefined) return found.path;
  console.error(found.why);
  process.exit(1);
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  requireNode();
  const found = prepareMachine(features);
  const available = features.filter((feature) => found[feature] === undefined);
  console.log(`machine: ready for ${available.length === 0 ? 'nothing beyond plain tests' : available.join(', ')}`);
}
