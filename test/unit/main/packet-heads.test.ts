/** Packets carry heads: they travel with what people sign, are judged on arrival, and cause no traffic of their own. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeHeader } from '../../../core/block.ts';
import { zero32 } from '../../../core/bytes.ts';
import { encodeDocument } from '../../../core/contract.ts';
import { AppError, type ErrorCode } from '../../../core/errors.ts';
import { verifyPortable } from '../../../core/keys.ts';
import { encodeMessage } from '../../../core/message.ts';
import { decodePacket, encodePacket } from '../../../core/packet.ts';
import type { CertifiedHead } from '../../../core/proofs-history.ts';
import { addBot, type Bot, makeWorld, type World } from '../../support/desks.ts';
import { documentOf, person, testGrid } from '../../support/people.ts';

const code = (wanted: ErrorCode) => expect.objectContaining({ code: wanted });
const [payer, anna, node] = [person(1), person(2), person(5)];
const document = encodeDocument(documentOf({ payer, signers: [payer, anna], threshold: 2, node }));

/** A head at a height; nothing here checks its signatures. */
const headAt = (height: number): CertifiedHead => ({
  header: encodeHeader({
    grid: testGrid,
    epoch: 0,
    height,
    prev: zero32,
    timeMs: 1000,
    recordCount: 0,
    recordsRoot: zero32,
    historyRoot: zero32,
    execHash: zero32,
  }),
  certificate: [{ guardian: zero32, signature: new Uint8Array(64) }],
});

let world: World;
let mine: Bot;
let hers: Bot;

const lay = () => mine.packets.open({ purpose: 'provision', document, coordinator: payer.key, approvals: [] });
const headOn = (bot: Bot, id: string) => bot.packets.need(id).packet.head;
const sign = async (bot: Bot, id: string): Promise<void> => {
  const review = await bot.desk.prepareSign(id);
  await bot.reviews.approve(review.id, review.digest);
};

beforeEach(async () => {
  world = makeWorld();
  [mine, hers] = [await addBot(world, payer), await addBot(world, anna)];
});

afterEach(() => {
  for (const bot of world.bots.values()) bot.packets.close();
});

describe('a packet’s head', () => {
  it('is that of the one who lays it, then that of the latest signer who knew a later one', async () => {
    world.heads.set(payer.address, headAt(7));
    const { id } = await lay();
    expect(headOn(mine, id)).toEqual(headAt(7));
    await hers.packets.importPacket(mine.desk.exportPacket(id).bytes);
    world.heads.set(anna.address, headAt(9));
    await sign(hers, id);
    expect(headOn(hers, id)).toEqual(headAt(9));
    world.heads.set(payer.address, headAt(8));
    await mine.packets.importPacket(hers.desk.exportPacket(id).bytes);
    expect(headOn(mine, id)).toEqual(headAt(9));
    await sign(mine, id);
    expect(headOn(mine, id)).toEqual(headAt(9));
  });

  it('is held against the own history when it arrives, by file or from a peer: a fork is told and goes no further', async () => {
    world.heads.set(payer.address, headAt(7));
    const { id } = await lay();
    const { bytes } = mine.desk.exportPacket(id);
    const told: [string, CertifiedHead][] = [];
    world.judgeHead = (who, head) => {
      told.push([who, head]);
      throw new AppError('replica/forked-head', 'two certified headers');
    };
    await expect(hers.packets.importPacket(bytes)).rejects.toEqual(code('replica/forked-head'));
    const message = encodeMessage({ type: 'packet', packet: bytes });
    await expect(hers.negotiator.handle(payer.key, message)).rejects.toEqual(code('replica/forked-head'));
    expect(told).toEqual([
      [anna.address, headAt(7)],
      [anna.address, headAt(7)],
    ]);
    expect(hers.packets.entries()).toEqual([]);
  });

  it('that cannot be judged does not travel on, and hides no later one', async () => {
    world.heads.set(payer.address, headAt(1_000_000));
    world.judgeHead = () => 'unproven';
    const { id } = await lay();
    await hers.packets.importPacket(mine.desk.exportPacket(id).bytes);
    expect(headOn(hers, id)).toBeUndefined();
  });

  it('alone makes nobody send a packet again', async () => {
    world.heads.set(payer.address, headAt(7));
    const { id } = await lay();
    await mine.packets.send(id);
    await vi.waitFor(() => expect(hers.packets.need(id)).toBeDefined(), { timeout: 4000, interval: 20 });
    await vi.waitFor(() => expect(mine.packets.need(id).delivered[anna.address]).toBeDefined(), { timeout: 4000 });
    const before = world.requests;
    const { packet } = decodePacket(mine.desk.exportPacket(id).bytes, verifyPortable);
    await mine.packets.importPacket(encodePacket({ ...packet, head: headAt(12) }));
    expect(headOn(mine, id)).toEqual(headAt(12));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(world.requests).toBe(before);
  });
});
