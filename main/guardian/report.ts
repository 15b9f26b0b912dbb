/** A guardian's state in lines for a person or a service's log: one line for each thing that changed. Pure. */
import type { ReplicaView } from '../../core/views.ts';

/** How guardians are called; a key without a name is shown by its beginning. */
export type Names = (guardianHex: string) => string;

type Facts = Readonly<Record<string, string>>;

/** What is worth a line, by topic; a topic that is absent has nothing to say. */
function factsOf(view: ReplicaView, nameOf: Names): Facts {
  const { state, alarm, office, isGuardian, guardians, quorum } = view;
  const said: Record<string, string> = {
    state: `the replica is ${state}${isGuardian ? '' : ', and its key is not among the guardians'}`,
  };
  said['alarm'] = alarm === null ? '' : `ALARM ${alarm.code}${alarm.detail === '' ? '' : `: ${alarm.detail}`}`;
  if (guardians.length > 1) {
    const away = guardians.filter(({ isHere }) => !isHere).map(({ key }) => nameOf(key));
    said['here'] =
      away.length === 0
        ? `all ${guardians.length} guardians answer`
        : `${quorum.here} of ${guardians.length} guardians answer, ${quorum.needed} are needed; away: ${away.join(', ')}`;
  }
  if (office === undefined) return said;
  const { sequencer, missing } = office;
  said['sequencer'] =
    sequencer.name === 'failed'
      ? `the sequencer failed (${sequencer.code ?? 'unknown'}): ${sequencer.detail}`
      : `the sequencer is ${sequencer.name}`;
  said['epoch'] = office.epoch === null ? 'no stream is read' : `epoch ${office.epoch}`;
  said['signing'] = office.isSigning ? 'takes part in making blocks' : 'does not take part in making blocks yet';
  said['missing'] =
    missing.length === 0
      ? 'all guardians are heard in the stream'
      : `not heard in the stream for a while: ${missing.map(nameOf).join(', ')}`;
  said['stalled'] = office.isStalled ? 'nothing becomes final for now' : 'blocks become final';
  return said;
}

/** The lines for a change from one view to the next; for the first one, all that there is to say. */
export function reportLines(before: ReplicaView | null, after: ReplicaView | null, nameOf: Names): readonly string[] {
  if (after === null) return before === null ? [] : ['this 3bot is on no grid'];
  const [old, now] = [before === null ? {} : factsOf(before, nameOf), factsOf(after, nameOf)];
  const lines = Object.entries(now).flatMap(([topic, line]) => {
    const was = (old as Facts)[topic];
    if (line === was) return [];
    if (line === '') return was === undefined ? [] : ['the alarm is over'];
    return [line];
  });
  if (before?.head === null && after.head !== null) lines.push(`the grid "${after.head.gridName}" began`);
  return lines;
}

/** What `threebot guardian status` prints. */
export function statusLines(view: ReplicaView | null, nameOf: Names): readonly string[] {
  if (view === null) return ['on no grid'];
  const { head, knownHeight, peers, pendingCount } = view;
  const place = head === null ? 'no block yet' : `grid "${head.gridName}", height ${head.height}`;
  const behind = head !== null && knownHeight > head.height ? `, others are at ${knownHeight}` : '';
  return [
    `${place}${behind}`,
    ...Object.values(factsOf(view, nameOf)).filter((line) => line !== ''),
    `${peers.length} connected${pendingCount > 0 ? `, ${pendingCount} own records wait` : ''}`,
  ];
}
