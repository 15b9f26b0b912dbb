// How this 3bot meets others: nodes to start from, the local network, and whether it hands on blocks.
import { useState } from 'react';
import type { Settings } from '../../../core/ipc/views.ts';
import { useStores } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { Panel } from '../../ui/layout.tsx';
import { Switch } from '../../ui/toggle.tsx';
import { useAct } from '../shared/use-act.ts';
import styles from './settings.module.css';

/** Takes effect when the grid is opened next. */
export const Network = ({ settings }: { readonly settings: Settings }) => {
  const { bridge } = useStores();
  const act = useAct();
  const { network } = settings;
  const [nodes, setNodes] = useState(network.bootstrap.join(' '));
  const listed = nodes.split(/[\s,]+/).filter((node) => node !== '');
  const save = (part: Partial<Settings['network']>): void =>
    act(
      () => bridge.call('app.saveSettings', { ...settings, network: { ...network, ...part } }),
      'Saved. It takes effect when 3Bot starts next.',
    );
  return (
    <Panel title="Network">
      <div className={styles.form}>
        <Switch isSelected={network.usesLan} onChange={(usesLan) => save({ usesLan })}>
          Find members on the local network
        </Switch>
        <Switch isSelected={network.helps} onChange={(helps) => save({ helps })}>
          Hand on blocks to others
        </Switch>
        <TextField
          label="Bootstrap nodes"
          value={nodes}
          onChange={setNodes}
          isMono
          maxLength={4096}
          placeholder="host:port"
          hint="Empty: those of the invitation, or the public ones."
        />
        <div>
          <Button
            onPress={() => save({ bootstrap: listed })}
            isDisabled={listed.join(' ') === network.bootstrap.join(' ')}
          >
            Save nodes
          </Button>
        </div>
      </div>
    </Panel>
  );
};
