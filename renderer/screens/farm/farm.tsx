// Farming: one switch that lends this computer's capacity, what the node is doing and why, what it earned.
import { Sprout } from 'lucide-react';
import { useState } from 'react';
import type { FarmStateView } from '../../../core/ipc/views.ts';
import { useReview } from '../../frame/review.tsx';
import { countryName } from '../../lib/country.ts';
import { useQuery, useStores } from '../../stores/context.tsx';
import { Amount } from '../../ui/amount.tsx';
import { Button } from '../../ui/button.tsx';
import { Facts, Page, Panel, Stack } from '../../ui/layout.tsx';
import { EmptyState } from '../../ui/state-view.tsx';
import { Notice } from '../../ui/status.tsx';
import { Switch } from '../../ui/toggle.tsx';
import { Timeline } from '../contracts/timeline.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import { useAct } from '../shared/use-act.ts';
import { Agent } from './agent.tsx';
import { Earnings } from './earnings.tsx';
import styles from './farm.module.css';
import { FarmForm } from './farm-form.tsx';
import { LimitsPanel } from './limits.tsx';

/** `#/farm`. */
export const Farm = () => {
  const [state, retry] = useQuery('farm.state', null);
  const [isEditing, setEditing] = useState(false);
  return (
    <Page title="Farm" lead="Lend this computer’s capacity to the grid and earn TFT for it.">
      <AsyncView state={state} onRetry={retry} rows={6}>
        {(farm) => (
          <>
            {farm.farm === null ? (
              <NoFarm onStart={() => setEditing(true)} />
            ) : (
              <Farming state={farm} onEdit={() => setEditing(true)} />
            )}
            {isEditing ? <FarmForm farm={farm.farm} onClose={() => setEditing(false)} /> : null}
          </>
        )}
      </AsyncView>
    </Page>
  );
};

const NoFarm = ({ onStart }: { readonly onStart: () => void }) => (
  <Panel>
    <EmptyState
      icon={<Sprout />}
      title="Become a farmer"
      action={
        <Button kind="primary" onPress={onStart}>
          Become a farmer
        </Button>
      }
    >
      Name your farm and your prices. A separate program without a door then runs what others have rented, inside strict
      limits, and nothing else.
    </EmptyState>
  </Panel>
);

const Farming = ({ state, onEdit }: { readonly state: FarmStateView; readonly onEdit: () => void }) => {
  const { bridge } = useStores();
  const act = useAct();
  const review = useReview();
  const { farm, countersign } = state;
  const flip = (isOn: boolean): void =>
    act(() => (isOn ? bridge.call('farm.start', { limits: state.limits }) : bridge.call('farm.stop', null)));
  const confirmNode = (): void => act(async () => (countersign === null ? null : review(countersign)));
  if (farm === null) return null;
  return (
    <>
      {countersign === null ? null : (
        <Notice
          tone="info"
          title="This computer’s node asks to join your farm"
          action={
            <Button kind="primary" onPress={confirmNode}>
              Review node
            </Button>
          }
        >
          It has measured what it has. Confirm it, and others can rent it.
        </Notice>
      )}
      <Panel label="Farming">
        <div className={styles.hero}>
          <Switch size="large" isSelected={state.isFarming} onChange={flip} label="Farm with this computer">
            <span className={styles.switchWords}>
              <span className={styles.switchTitle}>{state.isFarming ? 'Farming' : 'Not farming'}</span>
              <span className={styles.muted}>
                {state.isFarming ? 'Goes on when this window closes' : 'Nothing runs on this computer for others'}
              </span>
            </span>
          </Switch>
          <div className={styles.earned}>
            <p className={styles.muted}>Earned so far</p>
            <Amount stroops={state.earnedStroops} size="large" />
          </div>
        </div>
      </Panel>
      <div className={styles.columns}>
        <Stack gap={6}>
          <Agent state={state} />
          <Earnings />
        </Stack>
        <Stack gap={6}>
          <Panel
            title="Farm"
            actions={
              <Button size="small" onPress={onEdit}>
                Change
              </Button>
            }
          >
            <Facts
              facts={[
                { name: 'Name', value: farm.name },
                { name: 'Place', value: `${farm.city === '' ? '' : `${farm.city}, `}${countryName(farm.country)}` },
                { name: 'CU per hour', value: <Amount stroops={farm.prices.cuHourStroops} /> },
                { name: 'SU per hour', value: <Amount stroops={farm.prices.suHourStroops} /> },
                { name: 'Offers', value: farm.autoAccept ? 'accepted by your rules' : 'you decide each' },
                { name: 'Nodes', value: String(farm.nodeCount) },
              ]}
            />
          </Panel>
          <LimitsPanel state={state} />
          {state.node === null ? null : <Timeline object="node" id={state.node.id} title="What happened" />}
        </Stack>
      </div>
    </>
  );
};
