// The grid itself: how far it is, who else is there, whether the books add up, the newest blocks, and how to let others in.
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import type { ReplicaView } from '../../../core/views.ts';
import { hereWords, missingWords, quorumWords } from '../../lib/grid-words.ts';
import { useQuery } from '../../stores/context.tsx';
import { Address } from '../../ui/address.tsx';
import { Button } from '../../ui/button.tsx';
import { Facts, Page, Panel, Stack } from '../../ui/layout.tsx';
import { PeerName } from '../../ui/peer-text.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Notice, Status, type Tone } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import { Blocks } from './blocks.tsx';
import { Books } from './books.tsx';
import { Evidence } from './evidence.tsx';
import styles from './grid.module.css';
import { Guardians } from './guardians.tsx';
import { Invitation } from './invitation.tsx';

/** `#/grid`. */
export const Grid = () => {
  const [state, retry] = useQuery('grid.state', null);
  const [isInviting, setInviting] = useState(false);
  return (
    <Page
      title="Grid"
      lead="One signed history, checked by this computer record by record."
      actions={
        <Button icon={<UserPlus />} onPress={() => setInviting(true)}>
          Invite
        </Button>
      }
    >
      <AsyncView state={state} onRetry={retry} rows={6}>
        {(replica) => (replica === null ? null : <Overview replica={replica} />)}
      </AsyncView>
      <Evidence />
      <div className={styles.columns}>
        <AsyncView state={state} onRetry={retry} rows={2}>
          {(replica) =>
            replica === null ? null : (
              <Stack gap={6}>
                <Guardians replica={replica} />
                <Peers replica={replica} />
              </Stack>
            )
          }
        </AsyncView>
        <Books />
      </div>
      <Blocks />
      {isInviting ? <Invitation onClose={() => setInviting(false)} /> : null}
    </Page>
  );
};

const stateWords = {
  starting: { tone: 'pending', text: 'Starting' },
  live: { tone: 'ok', text: 'Live' },
  syncing: { tone: 'info', text: 'Catching up' },
  waiting: { tone: 'caution', text: 'Waiting for guardians' },
  offline: { tone: 'caution', text: 'Offline' },
  stopped: { tone: 'danger', text: 'Stopped' },
} as const satisfies Record<ReplicaView['state'], { readonly tone: Tone; readonly text: string }>;

const Overview = ({ replica }: { readonly replica: ReplicaView }) => {
  const { head, state, knownHeight, verification } = replica;
  const words = stateWords[state];
  return (
    <Panel
      title={head === null ? 'No block yet' : <PeerName text={head.gridName} longest={60} />}
      label="Grid overview"
      actions={<Status tone={words.tone}>{words.text}</Status>}
    >
      <Stack gap={4}>
        {(state === 'live' || state === 'waiting') && replica.quorum.here < replica.quorum.needed ? (
          <Missing replica={replica} />
        ) : null}
        {state === 'syncing' ? (
          <Progress label="Catching up" done={head?.height ?? 0} total={knownHeight} unit="blocks" />
        ) : null}
        {verification === null ? null : (
          <Progress
            label="Usable now. The whole history is being verified from its first record"
            done={verification.doneHeight}
            total={verification.ofHeight}
            unit="blocks"
          />
        )}
        {head === null ? null : (
          <>
            <Facts
              isTiled
              facts={[
                { name: 'Height', value: head.height.toLocaleString('en') },
                { name: 'Last block', value: <Time timeMs={head.timeMs} /> },
                { name: 'Records', value: head.recordCount.toLocaleString('en') },
                { name: 'Waiting here', value: replica.pendingCount.toLocaleString('en') },
              ]}
            />
            <Facts
              facts={[
                ...(replica.guardians.length > 1 ? [{ name: 'Guardians', value: hereWords(replica) }] : []),
                {
                  name: 'This computer',
                  value: replica.isGuardian ? 'signs blocks as a guardian' : 'follows and checks',
                },
                { name: 'Grid id', value: <Address value={head.grid} what="grid id" /> },
                { name: 'Newest header', value: <Address value={head.headerHash} what="header hash" /> },
              ]}
            />
          </>
        )}
      </Stack>
    </Panel>
  );
};

/** Too few guardians answer: who is missing, and what that means. */
const Missing = ({ replica }: { readonly replica: ReplicaView }) => {
  const words = missingWords(replica);
  return (
    <Notice tone="caution" title={`${words.charAt(0).toUpperCase()}${words.slice(1)}`}>
      {quorumWords(replica)}
    </Notice>
  );
};

const Peers = ({ replica }: { readonly replica: ReplicaView }) => (
  <Panel title={`Peers (${String(replica.peers.length)})`} label="Peers">
    {replica.peers.length === 0 ? (
      <p className={styles.muted}>No other 3bot is connected right now.</p>
    ) : (
      <ul>
        {replica.peers.slice(0, 12).map((peer) => (
          <li key={peer.net} className={styles.peer}>
            <span className={styles.peerName}>
              {peer.name === null ? (
                <Address value={peer.net} what="network key" canCopy={false} />
              ) : (
                <PeerName text={peer.name} />
              )}
            </span>
            <Time timeMs={peer.sinceMs} className={styles.muted ?? ''} />
          </li>
        ))}
      </ul>
    )}
  </Panel>
);
