/** A guardian's state in lines for a person or a service's log: one line for each thing that changed. Pure. */
import type { ReplicaView } from '../../core/views.ts';

/** How guardians are called; a key without a name is shown by its beginning. */
export type Names = (guardianHex: string) => string;

type Facts = Readonly<Record<string, string>>;

/** What the states of a replica mean to who guards. */
const stateWords = {
  starting: 'starting',
  live: 'blocks become final',
  syncing: 'catching up with the grid',
  waiting: 'nothing becomes final for now; records are kept and wait',
  offline: 'nobody of the grid answers',
  stopped: 'stopped',
} as const satisfies Record<ReplicaView['state'], string>;

/** What is worth a line, by topic; a topic without a word has nothing to say. */
function factsOf({ state, head, alarm, isGuardian, guardians, quorum }: ReplicaView, nameOf: Names): Facts {
  const away = guardians.filter(({ isHere }) => !isHere).map(({ key }) => nameOf(key));
  const some = `${quorum.here} of ${guardians.length} guardians answer, ${quorum.needed} are needed; away: ${away.join(', ')}`;
  return {
    state: head === null && state !== 'stopped' ? 'waits for the first block' : stateWords[state],
    seat: isGuardian ? '' : 'its key is not among the guardians: it follows the grid',
    here: guardians.length < 2 ? '' : away.length === 0 ? `all ${guardians.length} guardians answer` : some,
    alarm: alarm === null ? '' : `${alarm.code}${alarm.detail === '' ? '' : `: ${alarm.detail}`}`,
  };
}

/** What is said when a topic falls silent. */
const silence: Facts = { alarm: 'that trouble is over', seat: 'its key is among the guardians' };

/** The lines for a change from one view to the next; for the first one, all that there is to say. */
export function reportLines(before: ReplicaView | null, after: ReplicaView | null, nameOf: Names): readonly string[] {
  if (after === null) return before === null ? [] : ['this 3bot is on no grid'];
  const [old, now] = [before === null ? {} : factsOf(before, nameOf), factsOf(after, nameOf)];
  const lines = Object.entries(now).flatMap(([topic, line]) => {
    const was = (old as Facts)[topic];
    if (line === was) return [];
    if (line === '') return was === undefined ? [] : (silence[topic] ?? []);
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
