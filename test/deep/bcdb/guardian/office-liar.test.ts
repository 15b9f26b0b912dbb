// One guardian of four says two things: all others go on, and keep both, which anybody can check.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { decodeMessage, encodeMessage, type Message } from '../../../../bcdb/guardian/messages.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { equalBytes } from '../../../../core/bytes.ts';
import { addressOf } from '../../../../core/keys.ts';
import { checkTwoStatements } from '../../../../core/two-statements.ts';
import { Cluster } from '../../../support/office/cluster.ts';
import { otherHeader, prepareOf, signatureOf } from '../../../support/two-statements.ts';

vi.setConfig({ testTimeout: 60_000 });

let cluster: Cluster | undefined;
afterEach(() => {
  cluster?.end();
  cluster = undefined;
});

const liar = 3;

/** What the liar says besides; before or behind its honest word. */
function twin(grid: Cluster, message: Message): Message | undefined {
  const { author } = grid.node(liar);
  if (message.kind === 'prepare') {
    const headerBytes = otherHeader(message.headerBytes);
    return { kind: 'prepare', signed: prepareOf(author, headerBytes), headerBytes };
  }
  if (message.kind !== 'commit') return undefined;
  const headerBytes = otherHeader(message.headerBytes);
  return { kind: 'commit', headerBytes, ...signatureOf(author, headerBytes) };
}

describe('a guardian that prepares and signs two headers at every height', () => {
  test('stops nobody, is named by all others, and costs them bounded disk', async () => {
    cluster = new Cluster({ guardians: 4 });
    const grid = cluster;
    grid.liars.add(addressOf(grid.node(liar).author.key));
    const watch = grid.sequencers.onPublish;
    grid.sequencers.onPublish = (by, epoch, bytes) => {
      watch(by, epoch, bytes);
      const message = by === liar ? decodeMessage(bytes) : undefined;
      const lie = message && twin(grid, message);
      if (lie !== undefined) grid.sequencers.inject(epoch, encodeMessage(lie));
    };
    grid.startAll();
    for (let block = 0; block < 6; block++) expect(await grid.isAlive()).toBe(true);
    expect(grid.violations).toEqual([]);
    expect(grid.node(0).state).toMatchObject({ epoch: 0, isSigning: true, halted: null });
    for (const { store, alarm } of grid.guardians) {
      expect(alarm).toBeNull();
      const { items } = store.query('evidence', { limit: 100 });
      expect(items).toHaveLength(4);
      for (const item of items) {
        const { key } = grid.node(liar).author;
        expect(item).toMatchObject({ what: 'two-statements', author: addressOf(key) });
        const { founding } = grid;
        const proof = checkTwoStatements(item.ours, item.theirs, { grid: founding.grid, verify: verifySodium });
        expect(equalBytes(proof.guardian, key)).toBe(true);
        expect(proof).toMatchObject({ height: item.height, detail: item.detail });
      }
    }
  });
});
