// A process of the crash tests: a store that takes over the history that was verified beside it, and ends. Its folder is the
// one argument.

import { existsSync } from 'node:fs';
import { startStore } from '../../bcdb/store/store-client.ts';

const noop = (): void => undefined;
const onTrouble = (error: unknown): void => {
  console.error(error);
  process.exitCode = 1;
};

const folder = process.argv[2] ?? '';
const listener = { onHead: noop, onOutbox: noop, onPending: noop, onAlarm: noop, onDefect: onTrouble, onGone: noop };
const store = startStore(listener);
try {
  await store.call('open', { folder, start: { how: 'open' } });
  // Who traces this process sees by this where it begins.
  existsSync('/the-take-over-begins');
  await store.call('takeOver', 'archive');
} catch (error) {
  onTrouble(error);
}
await store.close();
