// This computer's node: what it is doing, why not if not, what it lends, what runs on it.
import type { AgentStatusView, FarmStateView } from '../../../core/ipc/views.ts';
import { bytesText, coresText } from '../../lib/capacity-words.ts';
import { peerLine } from '../../lib/peer-text.ts';
import { hashOf } from '../../stores/router.ts';
import { Facts, Panel } from '../../ui/layout.tsx';
import { Share } from '../../ui/progress.tsx';
import { Notice, Status, type Tone } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { sentenceFor } from '../../words.ts';
import styles from './farm.module.css';

const agentWords = {
  stopped: { tone: 'quiet', text: 'Stopped' },
  starting: { tone: 'pending', text: 'Starting' },
  running: { tone: 'ok', text: 'Running' },
  pausing: { tone: 'caution', text: 'Waiting to start again' },
  'gave-up': { tone: 'danger', text: 'Gave up' },
  stopping: { tone: 'pending', text: 'Stopping' },
} as const satisfies Record<AgentStatusView['state'], { readonly tone: Tone; readonly text: string }>;

/** State with reason, capacity, workloads. */
export const Agent = ({ state }: { readonly state: FarmStateView }) => {
  const { agent, node } = state;
  const words = agentWords[agent.state];
  return (
    <Panel title="Node on this computer" actions={<Status tone={words.tone}>{words.text}</Status>}>
      {agent.problem === null ? null : (
        <Notice tone={agent.state === 'gave-up' ? 'danger' : 'caution'} title={sentenceFor(agent.problem.code)}>
          {peerLine(agent.problem.detail, 300)} <code>{agent.problem.code}</code>
          {agent.nextTryMs === null ? null : (
            <p>
              Next try <Time timeMs={agent.nextTryMs} />
            </p>
          )}
        </Notice>
      )}
      {node === null ? <Measured agent={agent} /> : <Lent node={node} />}
      {agent.workloads.length === 0 ? (
        <p className={styles.muted}>Nothing is rented on it right now.</p>
      ) : (
        <ul aria-label="Workloads on this node">
          {agent.workloads.map((workload) => (
            <li key={`${workload.contract}${workload.name}`} className={styles.running}>
              <a href={hashOf('contracts', workload.contract)}>{peerLine(workload.name, 32)}</a>
              <span className={styles.muted}>
                {peerLine(workload.state, 32)}
                {workload.detail === null ? '' : `: ${peerLine(workload.detail, 80)}`}
              </span>
            </li>
          ))}
        </ul>
      )}
      <p className={styles.small}>
        {agent.engine === null ? 'No container engine in use yet. ' : `Container engine: ${agent.engine}. `}
        Image archives for workloads go into {state.imagesFolder}
      </p>
    </Panel>
  );
};

const Measured = ({ agent }: { readonly agent: AgentStatusView }) =>
  agent.capacity === null ? null : (
    <Facts
      facts={[
        { name: 'Cores', value: coresText(agent.capacity.cruMilli) },
        { name: 'Memory', value: bytesText(agent.capacity.mruBytes) },
        { name: 'SSD', value: bytesText(agent.capacity.sruBytes) },
        { name: 'Disk', value: bytesText(agent.capacity.hruBytes) },
      ]}
    />
  );

const Lent = ({ node }: { readonly node: NonNullable<FarmStateView['node']> }) => {
  const { capacity, used } = node;
  return (
    <div className={styles.shares}>
      <Rented label="Cores" used={used.cruMilli} total={capacity.cruMilli} text={coresText} />
      <Rented label="Memory" used={used.mruBytes} total={capacity.mruBytes} text={bytesText} />
      <Rented label="SSD" used={used.sruBytes} total={capacity.sruBytes} text={bytesText} />
      <Rented label="Disk" used={used.hruBytes} total={capacity.hruBytes} text={bytesText} />
    </div>
  );
};

interface RentedProps {
  readonly label: string;
  readonly used: number;
  readonly total: number;
  readonly text: (value: number) => string;
}

const Rented = ({ label, used, total, text }: RentedProps) => (
  <Share
    label={label}
    used={used}
    total={total}
    text={total === 0 ? 'none' : `${text(used)} of ${text(total)} rented`}
  />
);
