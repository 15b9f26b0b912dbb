// Real replicas of guardians for the pictures, each a process on this machine's loopback with a nats-server of its own.

import { spawn } from 'node:child_process';
import type { ReplicaOptions } from '../../bcdb/replica-api.ts';
import { decodeInvitation } from '../../core/invitation.ts';
import { seedOf } from '../bench/author.ts';
import { Member } from '../lab/member.ts';
import type { Host } from '../lab/network.ts';

const loopback = {
  spawn: (_host: Host, [program, ...args]: readonly [string, ...string[]], options: object = {}) =>
    spawn(program, args, options),
};

/** Starts a guardian. `first`: the invitation of one that runs already, whose DHT nodes it starts from. */
export async function startGuardian(
  name: string,
  folder: string,
  start: ReplicaOptions['start'],
  first?: string,
): Promise<Member> {
  const bootstrap = first === undefined ? undefined : decodeInvitation(first).bootstrap;
  const guardian = new Member(
    loopback,
    { name, namespace: '', address: '127.0.0.1' },
    {
      folder,
      start,
      netSeed: seedOf(`net of ${folder}`),
      accountSeed: seedOf(`account of ${folder}`),
      guardianSeed: seedOf(name),
      ...(bootstrap === undefined ? {} : { network: { bootstrap } }),
    },
  );
  await guardian.start(start);
  return guardian;
}
