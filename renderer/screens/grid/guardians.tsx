// Who makes blocks final: how many guardians it takes, how many answer, and which do not.
import type { ReplicaView } from '../../../core/views.ts';
import { quorumWords } from '../../lib/grid-words.ts';
import { Address } from '../../ui/address.tsx';
import { Panel } from '../../ui/layout.tsx';
import { PeerName } from '../../ui/peer-text.tsx';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import styles from './grid.module.css';

type GuardianView = ReplicaView['guardians'][number];

/** The guardians in their order; a grid with one says so in a line. */
export const Guardians = ({ replica }: { readonly replica: ReplicaView }) => {
  const { guardians, quorum } = replica;
  if (guardians.length === 0) return null;
  const isEnough = quorum.here >= quorum.needed;
  const note = quorumWords(replica);
  return (
    <Panel
      title={guardians.length === 1 ? 'Guardian' : `Guardians (${String(guardians.length)})`}
      label="Guardians"
      actions={
        <Status tone={isEnough ? 'ok' : 'caution'}>
          {quorum.here} here, {quorum.needed} needed
        </Status>
      }
    >
      <ul>
        {guardians.map((guardian, index) => (
          <Line key={guardian.key} guardian={guardian} number={index + 1} />
        ))}
      </ul>
      {isEnough && note !== undefined ? <p className={styles.note}>{note}</p> : null}
    </Panel>
  );
};

const Line = ({ guardian, number }: { readonly guardian: GuardianView; readonly number: number }) => (
  <li className={styles.peer}>
    <span className={styles.peerName}>
      {guardian.name === null ? (
        <>
          {String(number)}. <Address value={guardian.key} what="guardian key" canCopy={false} />
        </>
      ) : (
        <PeerName text={guardian.name} />
      )}
    </span>
    <span className={styles.seen}>
      {!guardian.isHere && guardian.lastSeenMs !== null ? (
        <span className={styles.muted}>
          last seen <Time timeMs={guardian.lastSeenMs} />
        </span>
      ) : null}
      <Status tone={guardian.isHere ? 'ok' : 'caution'} isPlain>
        {guardian.isHere ? 'here' : 'no answer'}
      </Status>
    </span>
  </li>
);
