// The machines of the grid story: guardians and members, each on a host of its own in a network without any way out.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { addressOf, publicKeyOf } from '../../../core/keys.ts';
import { Member } from '../../lab/member.ts';
import { createNetwork, type Network } from '../../lab/network.ts';
import { until } from '../../lib/threebot.ts';
import { Guardian } from './guardian.ts';

export type { Told } from '../teller.ts';

const seedOf = (name: string): Uint8Array => new Uint8Array(createHash('sha256').update(`demo ${name}`).digest());

export class GridScene {
  readonly folder: string;
  readonly network: Network = createNetwork();
  readonly guardians: Guardian[] = [];
  readonly members: Member[] = [];
  /** Ids of all records that were durable in somebody's outbox. */
  readonly acknowledged = new Set<string>();
  invitation = '';
  gridId = '';
  receipt = '';

  /** Payments in the step that records many. */
  readonly recordCount: number;
  /** Tells how far a long step has come. */
  readonly say: (line: string) => void;

  constructor(folder: string, recordCount: number, say: (line: string) => void) {
    this.folder = folder;
    this.recordCount = recordCount;
    this.say = say;
  }

  addGuardian(name: string): Guardian {
    const guardian = new Guardian(this.network, name, this.folder);
    this.guardians.push(guardian);
    return guardian;
  }

  addMember(name: string): Member {
    const member = new Member(this.network, this.network.add(name), {
      folder: join(this.folder, name),
      netSeed: seedOf(`net of ${name}`),
      accountSeed: seedOf(name),
      start: { how: 'open' },
    });
    this.members.push(member);
    return member;
  }

  keyOf = (member: Member): Uint8Array => publicKeyOf(member.options.accountSeed);
  addressOf = (member: Member): string => addressOf(this.keyOf(member));

  member(index: number): Member {
    const found = this.members[index];
    if (found === undefined) throw new Error(`no member ${index}`);
    return found;
  }

  guardian(index: number): Guardian {
    const found = this.guardians[index];
    if (found === undefined) throw new Error(`no guardian ${index}`);
    return found;
  }

  /** Payments by one member to all others; resolves when they are durable in its outbox. */
  async pay(member: Member, count: number): Promise<readonly string[]> {
    const to = this.members.filter((other) => other !== member).map(this.keyOf);
    const ids = await member.call('pay', { to, count });
    for (const id of ids) this.acknowledged.add(id);
    return ids;
  }

  /** All that these members handed in is final. */
  async settled(members: readonly Member[], timeoutMs: number): Promise<void> {
    for (const member of members) {
      await until(
        `everything of ${member.host.name} to be final`,
        async () => (await member.call('state', null)).pendingCount === 0,
        timeoutMs,
      );
    }
  }

  async heightOf(member: Member): Promise<number> {
    return (await member.call('state', null)).head?.height ?? -1;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.members, ...this.guardians].map((one) => one.stop()));
    this.network.remove();
  }
}
