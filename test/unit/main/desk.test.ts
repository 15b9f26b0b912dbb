/** Co-signing between several 3bots: who must, who may, in which order, and what a farmer's bot says by itself. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromHex, toHex } from '../../../core/bytes.ts';
import type { ErrorCode } from '../../../core/errors.ts';
import { verifyPortable } from '../../../core/keys.ts';
import { encodeMessage } from '../../../core/message.ts';
import { decodePacket, encodePacket } from '../../../core/packet.ts';
import { decodeRecord, parseBody } from '../../../core/record.ts';
import { addBot, addFarm, type Bot, makeWorld, type World } from '../../support/desks.ts';
import { person } from '../../support/people.ts';

const code = (wanted: ErrorCode) => expect.objectContaining({ code: wanted });
const people = { consumer: person(1), anna: person(2), bert: person(3), farmer: person(4), node: person(5) };

let world: World;
let consumer: Bot;
let anna: Bot;
let bert: Bot;
let farmer: Bot;

const compose = (
  changes: Partial<{ priceStroops: bigint; termSeconds: number; cruMilli: number; alsoOn: string }> = {},
) => {
  const quorum = {
    threshold: 2,
    signers: [people.consumer, people.anna, people.bert].map(({ address }, index) => ({
      address,
      weight: 1,
      isRequired: index === 0,
    })),
  };
  const web = {
    name: 'web',
    node: toHex(people.node.key),
    image: `sha256:${'ab'.repeat(32)}`,
    capacity: { cruMilli: changes.cruMilli ?? 500, mruBytes: 2 ** 30, sruBytes: 0, hruBytes: 0 },
    ...(changes.priceStroops === undefined ? {} : { priceStroops: changes.priceStroops }),
  };
  return consumer.desk.compose({
    title: 'A page',
    workloads: changes.alsoOn === undefined ? [web] : [web, { ...web, name: 'also', node: changes.alsoOn }],
    termSeconds: changes.termSeconds ?? 3600,
    signWithinMs: 60_000,
    deployWithinMs: 60_000,
    provision: quorum,
    delete: quorum,
  });
};

const signAs = async (bot: Bot, id: string): Promise<void> => {
  const review = await bot.desk.prepareSign(id);
  await bot.reviews.approve(review.id, review.digest);
};

const packetAt = async (bot: Bot, id: string) => (await bot.packets.views()).find((packet) => packet.id === id);
const eventually = (look: () => Promise<void>) => vi.waitFor(look, { timeout: 4000, interval: 20 });

beforeEach(async () => {
  world = makeWorld();
  addFarm(world, people.farmer, people.node);
  [consumer, anna, bert, farmer] = (await Promise.all(
    [people.consumer, people.anna, people.bert, people.farmer].map((who) => addBot(world, who)),
  )) as [Bot, Bot, Bot, Bot];
});

afterEach(() => {
  for (const bot of world.bots.values()) bot.packets.close();
});

describe('a contract on its way', () => {
  it('is priced by the farm, sent round, accepted by the farmer’s bot, and recorded once two of three have signed', async () => {
    const draft = await compose();
    expect(draft).toMatchObject({ state: 'draft', weight: 0, canISign: true, amICoordinator: true });
    await consumer.packets.send(draft.id);
    await signAs(consumer, draft.id);
    await eventually(async () => expect((await packetAt(consumer, draft.id))?.farmers[0]?.hasAccepted).toBe(true));
    await expect(consumer.desk.prepareRecord(draft.id)).rejects.toEqual(code('contract/quorum-not-met'));
    await eventually(async () => expect(await packetAt(anna, draft.id)).toMatchObject({ canISign: true, weight: 1 }));
    await signAs(anna, draft.id);
    await eventually(async () => expect((await packetAt(consumer, draft.id))?.state).toBe('ready'));
    const review = await consumer.desk.prepareRecord(draft.id);
    await consumer.reviews.approve(review.id, review.digest);
    const record = parseBody(decodeRecord(consumer.submitted[0] ?? new Uint8Array(0)));
    expect(record.kind === 'contract' && record.body.approvals.map(({ purpose }) => purpose).sort()).toEqual([
      'accept',
      'provision',
      'provision',
    ]);
    expect((await packetAt(consumer, draft.id))?.state).toBe('recording');
  });

  it('G1 lets nobody sign twice', async () => {
    const draft = await compose();
    await signAs(consumer, draft.id);
    await expect(consumer.desk.prepareSign(draft.id)).rejects.toEqual(code('approval/duplicate'));
  });

  it('refuses a signature of somebody who is not asked for one', async () => {
    const draft = await compose();
    const stranger = await addBot(world, person(9));
    await stranger.packets.importPacket(consumer.desk.exportPacket(draft.id).bytes);
    await expect(stranger.desk.prepareSign(draft.id)).rejects.toEqual(code('approval/not-a-signer'));
  });

  it('G25 comes by file and by network, in any order, to the same end', async () => {
    const draft = await compose();
    await anna.packets.importPacket(consumer.desk.exportPacket(draft.id).bytes);
    world.away.add(people.consumer.address);
    await signAs(anna, draft.id);
    await consumer.packets.importPacket(anna.desk.exportPacket(draft.id).bytes);
    await signAs(consumer, draft.id);
    world.away.delete(people.consumer.address);
    await consumer.packets.send(draft.id);
    await consumer.packets.importPacket(anna.desk.exportPacket(draft.id).bytes);
    await eventually(async () =>
      expect(await packetAt(consumer, draft.id)).toMatchObject({ state: 'ready', weight: 2 }),
    );
  });

  it('waits for a co-signer who is away, and arrives when they are back', async () => {
    world.away.add(people.anna.address);
    const draft = await compose();
    await consumer.packets.send(draft.id);
    await eventually(async () => expect((await packetAt(consumer, draft.id))?.note).toBe('net/unreachable'));
    world.away.delete(people.anna.address);
    consumer.packets.hurry();
    await eventually(async () => expect(await packetAt(anna, draft.id)).toBeDefined());
  });

  it('is no longer brought to anybody after its deadline', async () => {
    for (const who of [people.anna, people.bert, people.farmer]) world.away.add(who.address);
    const draft = await compose();
    await consumer.packets.send(draft.id);
    await eventually(async () => expect((await packetAt(consumer, draft.id))?.note).toBe('net/unreachable'));
    world.nowMs += 120_000;
    const before = world.requests;
    consumer.packets.hurry();
    await consumer.packets.send(draft.id);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(world.requests).toBe(before);
  });

  it('G27 cannot be signed after its deadline', async () => {
    const draft = await compose();
    const review = await consumer.desk.prepareSign(draft.id);
    world.nowMs += 120_000;
    await expect(consumer.reviews.approve(review.id, review.digest)).rejects.toEqual(code('contract/deadline-passed'));
    expect((await packetAt(consumer, draft.id))?.state).toBe('expired');
  });

  it('is taken back by its coordinator, and by nobody else', async () => {
    const draft = await compose();
    await consumer.packets.send(draft.id);
    await eventually(async () => expect(await packetAt(bert, draft.id)).toBeDefined());
    await consumer.packets.remove(draft.id);
    await eventually(async () => expect((await packetAt(bert, draft.id))?.state).toBe('declined'));
    await expect(consumer.desk.prepareSign(draft.id)).rejects.toEqual(code('desk/unknown-packet'));
  });

  it('is declined for good when those who are left cannot reach the quorum', async () => {
    const draft = await compose();
    await consumer.packets.send(draft.id);
    for (const bot of [anna, bert]) {
      await eventually(async () => expect(await packetAt(bot, draft.id)).toBeDefined());
      await bot.packets.decline(draft.id, 'too dear');
    }
    await eventually(async () => expect((await packetAt(consumer, draft.id))?.state).toBe('declined'));
  });
});

describe('a farmer’s 3bot', () => {
  const declined = async (id: string): Promise<string | null | undefined> =>
    (await packetAt(consumer, id))?.farmers[0]?.declined;

  it('declines a price below its asking price, and says so', async () => {
    const draft = await compose({ priceStroops: 1n });
    await consumer.packets.send(draft.id);
    await eventually(async () => expect(await declined(draft.id)).toMatch(/^contract\/price-below-asking/));
    expect((await packetAt(consumer, draft.id))?.state).toBe('declined');
  });

  it('declines a term that is too short, and capacity that is not free', async () => {
    const short = await compose({ termSeconds: 30 });
    await consumer.packets.send(short.id);
    await eventually(async () => expect(await declined(short.id)).toMatch(/^contract\/declined/));
    const big = await compose({ cruMilli: 64_000 });
    await consumer.packets.send(big.id);
    await eventually(async () => expect(await declined(big.id)).toMatch(/^node\/no-capacity/));
  });

  it('with two farms, asks each farm’s price for its own node', async () => {
    const dear = person(6);
    addFarm(world, people.farmer, dear, {
      id: toHex(person(201).key),
      prices: { cuHourStroops: 10_000_000_000n, suHourStroops: 0n },
    });
    const draft = await compose({ priceStroops: 100_000_000n, alsoOn: toHex(dear.key) });
    await consumer.packets.send(draft.id);
    await eventually(async () => expect(await declined(draft.id)).toMatch(/^contract\/price-below-asking: also/));
  });

  it('G11 says nothing while its vault is locked, and answers after the unlock', async () => {
    farmer.isLocked = true;
    const draft = await compose();
    await consumer.packets.send(draft.id);
    await eventually(async () => expect(await packetAt(farmer, draft.id)).toBeDefined());
    await farmer.negotiator.answer();
    expect((await packetAt(farmer, draft.id))?.farmers[0]?.hasAccepted).toBe(false);
    farmer.isLocked = false;
    await farmer.negotiator.answer();
    expect((await packetAt(farmer, draft.id))?.farmers[0]?.hasAccepted).toBe(true);
  });

  it('is locked in the middle of an answer: nothing is signed, and the next round answers', async () => {
    farmer.isLocking = true;
    const draft = await compose();
    await farmer.packets.importPacket(consumer.desk.exportPacket(draft.id).bytes);
    await farmer.negotiator.answer();
    expect(farmer.troubles).toEqual(['vault/locked']);
    farmer.isLocking = false;
    await farmer.negotiator.answer();
    expect((await packetAt(farmer, draft.id))?.farmers[0]?.hasAccepted).toBe(true);
  });

  it('leaves it to the farmer when the farm does not accept by itself', async () => {
    addFarm(world, people.farmer, people.node, { autoAccept: false });
    const draft = await compose();
    await consumer.packets.send(draft.id);
    await eventually(async () => expect(await packetAt(farmer, draft.id)).toMatchObject({ canISign: true }));
    await signAs(farmer, draft.id);
    await eventually(async () => expect((await packetAt(consumer, draft.id))?.farmers[0]?.hasAccepted).toBe(true));
  });
});

describe('what arrives from strangers', () => {
  it('is refused when this 3bot has no part in it', async () => {
    const stranger = await addBot(world, person(9));
    const draft = await compose();
    const { bytes } = consumer.desk.exportPacket(draft.id);
    const message = encodeMessage({ type: 'packet', packet: bytes });
    await expect(stranger.negotiator.handle(people.consumer.key, message)).rejects.toEqual(code('desk/bad-packet'));
    await expect(anna.negotiator.handle(person(77).key, message)).rejects.toEqual(code('desk/unknown-peer'));
    await expect(anna.negotiator.handle(people.consumer.key, Uint8Array.of(9, 9))).rejects.toEqual(
      code('cbor/malformed'),
    );
    expect(await anna.packets.views()).toEqual([]);
  });

  /** The packet as `coordinator` would send it. */
  const claimedBy = (id: string, coordinator: Uint8Array): Uint8Array => {
    const { packet } = decodePacket(consumer.desk.exportPacket(id).bytes, verifyPortable);
    return encodeMessage({ type: 'packet', packet: encodePacket({ ...packet, coordinator }) });
  };

  it('a first packet comes from its coordinator, so that nobody speaks in another’s name', async () => {
    const draft = await compose();
    const message = claimedBy(draft.id, people.consumer.key);
    await expect(anna.negotiator.handle(people.bert.key, message)).rejects.toEqual(code('desk/bad-packet'));
    expect(await anna.packets.views()).toEqual([]);
  });

  it('a co-signer who is faster than the payer does not keep the packet', async () => {
    const draft = await compose();
    await anna.negotiator.handle(people.bert.key, claimedBy(draft.id, people.bert.key));
    await signAs(anna, draft.id);
    const withdraw = encodeMessage({ type: 'withdraw', id: fromHex(draft.id) });
    await anna.negotiator.handle(people.bert.key, withdraw);
    expect(await packetAt(anna, draft.id)).toMatchObject({ from: people.bert.address, state: 'declined' });
    await consumer.packets.send(draft.id);
    await eventually(async () =>
      expect(await packetAt(anna, draft.id)).toMatchObject({ from: people.consumer.address, state: 'signing' }),
    );
    await eventually(async () => expect((await packetAt(consumer, draft.id))?.weight).toBe(1));
    await anna.negotiator.handle(people.bert.key, withdraw);
    expect((await packetAt(anna, draft.id))?.state).toBe('signing');
  });

  it('a packet that its coordinator took back and sends again can be signed', async () => {
    const draft = await compose();
    await anna.negotiator.handle(people.consumer.key, claimedBy(draft.id, people.consumer.key));
    await anna.negotiator.handle(people.consumer.key, encodeMessage({ type: 'withdraw', id: fromHex(draft.id) }));
    expect((await packetAt(anna, draft.id))?.canISign).toBe(false);
    await anna.negotiator.handle(people.consumer.key, claimedBy(draft.id, people.consumer.key));
    expect((await packetAt(anna, draft.id))?.canISign).toBe(true);
  });

  it('who was not asked cannot decline; who signed after all has changed their mind', async () => {
    const draft = await compose();
    await addBot(world, person(9));
    const decline = encodeMessage({ type: 'decline', id: fromHex(draft.id), reason: 'no' });
    await consumer.negotiator.handle(person(9).key, decline);
    expect(consumer.packets.need(draft.id).declines).toEqual({});
    for (const who of [people.anna, people.bert]) await consumer.negotiator.handle(who.key, decline);
    expect((await packetAt(consumer, draft.id))?.state).toBe('declined');
    await anna.packets.importPacket(consumer.desk.exportPacket(draft.id).bytes);
    await signAs(anna, draft.id);
    await eventually(async () => expect((await packetAt(consumer, draft.id))?.state).toBe('signing'));
  });
});
