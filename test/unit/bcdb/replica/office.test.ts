// A guardian's office as part of its replica, over a real store worker: what keeps its sequencer from working is shown once it
// lasts, and not any more once it works.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { encodePeerMessage } from '../../../../bcdb/guardian/peer-messages.ts';
import type { Sequencer, SequencerState } from '../../../../bcdb/guardian/sequencer-api.ts';
import { startReplicaOffice } from '../../../../bcdb/replica/office.ts';
import type { SequencerNeeds } from '../../../../bcdb/replica-api.ts';
import { type StoreClient, startStore } from '../../../../bcdb/store/store-client.ts';
import type { AppError, ErrorData } from '../../../../core/errors.ts';
import { foundSharedGrid } from '../../../support/bcdb-guardians.ts';

const nothing = (): void => undefined;
let folder = '';
let store: StoreClient;
let ends: (() => Promise<void>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'replica-office-'));
  const listener = { onHead: nothing, onOutbox: nothing, onPending: nothing, onAlarm: nothing, onDefect: nothing };
  store = startStore({ ...listener, onGone: nothing });
});
afterEach(async () => {
  vi.useRealTimers();
  for (const end of ends.toReversed()) await end();
  ends = [];
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A stream that takes everything and brings nothing; its host says what the test wants it to say. */
async function takeOffice() {
  const founding = foundSharedGrid(3);
  const { genesis, grid, guardian } = founding;
  await store.call('open', { folder, start: { how: 'create', genesis }, guardianSeed: guardian.seed });
  const troubles: (ErrorData | null)[] = [];
  const errors: AppError[] = [];
  const opened: number[] = [];
  let needs: SequencerNeeds | undefined;
  const close = async (): Promise<void> => undefined;
  const sequencer = (epoch: number): Sequencer => ({
    epoch,
    publish: async () => 1,
    read: () => nothing,
    forget: close,
    close,
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const office = startReplicaOffice({
    store,
    grid,
    self: guardian.key,
    folder,
    sequencer(given) {
      needs = given;
      const open = async (epoch: number): Promise<Sequencer> => {
        opened.push(epoch);
        return sequencer(epoch);
      };
      return { open, change: close, state: () => ({ name: 'ready' }), close };
    },
    send: close,
    onTrouble: (trouble) => troubles.push(trouble),
    onError: (error) => errors.push(error),
    log: undefined,
  });
  ends.push(() => office.close());
  await vi.waitFor(() => expect(opened).toEqual([0]));
  const become = (state: SequencerState): void => needs?.onState(state);
  return { office, troubles, errors, become, opened };
}

const failed = { name: 'failed', code: 'guardian/sequencer-failed', detail: 'no leader' } as const;
const shown = { code: 'guardian/sequencer-failed', detail: 'no leader', retry: true };

it('a sequencer that fails for a moment is not shown', async () => {
  const { troubles, become } = await takeOffice();
  become(failed);
  await vi.advanceTimersByTimeAsync(14_000);
  become({ name: 'ready' });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(troubles).toEqual([]);
});

it('one that goes on failing is shown, with what the server says of it, and cleared when it works again', async () => {
  const { troubles, become } = await takeOffice();
  become(failed);
  become({ name: 'starting' });
  await vi.advanceTimersByTimeAsync(16_000);
  expect(troubles).toEqual([shown]);
  become({ name: 'starting' });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(troubles).toEqual([shown]);
  become({ name: 'ready' });
  expect(troubles).toEqual([shown, null]);
  become({ ...failed, detail: 'the stream is gone' });
  await vi.advanceTimersByTimeAsync(16_000);
  expect(troubles).toEqual([shown, null, { ...shown, detail: 'the stream is gone' }]);
});

it('a program that is missing is shown at once', async () => {
  const { troubles, become } = await takeOffice();
  become({ name: 'failed', code: 'guardian/no-nats-server', detail: 'not on the PATH' });
  await vi.advanceTimersByTimeAsync(1);
  expect(troubles).toEqual([{ code: 'guardian/no-nats-server', detail: 'not on the PATH', retry: true }]);
});

it('an office that closes shows nothing any more', async () => {
  const { office, troubles, become } = await takeOffice();
  become(failed);
  await office.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(troubles).toEqual([]);
});

it('a stream that was lost before the first block is shown while it is opened again and again', async () => {
  const { office, troubles, errors, opened } = await takeOffice();
  const [, second] = foundSharedGrid(3).guardians;
  const status = { epoch: 0, moved: 0, height: -1, isStalled: false };
  for (let beat = 0; beat < 60; beat++) {
    office.hear(second?.key ?? new Uint8Array(32), encodePeerMessage({ kind: 'status', status }));
    await vi.advanceTimersByTimeAsync(2000);
  }
  expect(opened.length).toBeGreaterThan(1);
  expect(new Set(opened)).toEqual(new Set([0]));
  expect(troubles).toMatchObject([{ code: 'guardian/stream-lost', retry: true }]);
  expect(errors).toMatchObject([{ code: 'guardian/stream-lost' }, ...errors.slice(1)]);
});
