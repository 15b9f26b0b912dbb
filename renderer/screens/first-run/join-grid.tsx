// An identity without a grid: start one on this computer, or join others by invitation.
import { MailOpen, Monitor } from 'lucide-react';
import { useState } from 'react';
import type { IdentityView } from '../../../core/ipc/views.ts';
import type { ReplicaView } from '../../../core/views.ts';
import { Threshold } from '../../frame/frame.tsx';
import { valueIn } from '../../lib/async-state.ts';
import { type Keeps, keepsChoices, keepsWords } from '../../lib/storage-words.ts';
import { useAction, useQuery, useStores } from '../../stores/context.tsx';
import { AmountField } from '../../ui/amount-field.tsx';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { Select } from '../../ui/select.tsx';
import { InlineError } from '../../ui/state-view.tsx';
import { Notice } from '../../ui/status.tsx';
import { Choice } from './choice.tsx';
import styles from './first-run.module.css';

/** Choose, then create or join. */
export const JoinGrid = ({ identity }: { readonly identity: IdentityView }) => {
  const [way, setWay] = useState<'choose' | 'create' | 'join'>('choose');
  const back = (): void => setWay('choose');
  return (
    <Threshold>
      {way === 'choose' ? (
        <>
          <h1 className={styles.title}>Choose a grid</h1>
          <p className={styles.lead}>
            A grid is a group of computers with one shared, signed history. This computer has not joined one yet.
          </p>
          <div className={styles.choices}>
            <Choice
              icon={<Monitor />}
              title="Start a grid"
              text="This computer keeps the history and signs it. You can invite others."
              onChoose={() => setWay('create')}
            />
            <Choice
              icon={<MailOpen />}
              title="Join by invitation"
              text="Someone gave you a code or link that starts with 3bot:"
              onChoose={() => setWay('join')}
            />
          </div>
        </>
      ) : null}
      {way === 'create' ? <CreateGrid address={identity.address} onBack={back} /> : null}
      {way === 'join' ? <Join onBack={back} /> : null}
    </Threshold>
  );
};

/** How often a running workload is paid; every choice stands in the grid's policy for all to see. */
const payments = [
  { value: '3600000', text: 'hour' },
  { value: '60000', text: 'minute' },
  { value: '1000', text: 'second, to try things out' },
] as const;

const reaches = [
  { value: 'local', text: 'programs on this computer' },
  { value: 'open', text: 'whoever has an invitation' },
] as const;

const CreateGrid = ({ address, onBack }: { readonly address: string | null; readonly onBack: () => void }) => {
  const { bridge } = useStores();
  const [name, setName] = useState('My grid');
  const [amount, setAmount] = useState<bigint | null>(10_000_000_000n);
  const [settleMs, setSettleMs] = useState<(typeof payments)[number]['value']>('60000');
  const [reach, setReach] = useState<(typeof reaches)[number]['value']>('local');
  const { state, isPending, run } = useAction<ReplicaView>();
  const create = (): void =>
    run(() =>
      bridge.call('grid.create', {
        name: name.trim(),
        allocations: amount === null || amount === 0n || address === null ? [] : [{ address, amountStroops: amount }],
        settleMs: Number(settleMs),
        reach,
      }),
    );
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        create();
      }}
    >
      <div>
        <h1 className={styles.title}>Start a grid</h1>
        <p className={styles.lead}>
          This computer becomes its one guardian: it puts records in order and signs every block.
        </p>
      </div>
      <TextField label="Name of the grid" value={name} onChange={setName} maxLength={60} autoFocus />
      <Select label="It can be reached by" value={reach} options={reaches} onChange={setReach} />
      <div className={styles.pair}>
        <AmountField label="TFT to start with, for you" stroops={amount} onChange={setAmount} />
        <Select label="Farmers are paid every" value={settleMs} options={payments} onChange={setSettleMs} />
      </div>
      <Notice tone="info" title="Everyone will see this amount">
        It stands in the first record of the grid. Later TFT comes only from farming, by the rules.
      </Notice>
      {state.kind === 'failed' ? <InlineError failure={state.failure} /> : null}
      <div className={styles.buttons}>
        <Button onPress={onBack}>Back</Button>
        <Button kind="primary" type="submit" isPending={isPending} isDisabled={name.trim() === ''}>
          Start grid
        </Button>
      </div>
    </form>
  );
};

const Join = ({ onBack }: { readonly onBack: () => void }) => {
  const { bridge } = useStores();
  const [invitation, setInvitation] = useState('');
  const { state, isPending, run } = useAction<ReplicaView>();
  const [settings] = useQuery('app.settings', null);
  const [chosen, setChosen] = useState<Keeps>();
  const known = valueIn(settings);
  const keeps = chosen ?? known?.keeps ?? 'automatic';
  const isReady = /^3bot(-grid)?:./i.test(invitation.trim());
  const join = (): void =>
    run(async () => {
      if (known !== undefined && keeps !== known.keeps) await bridge.call('app.saveSettings', { ...known, keeps });
      return bridge.call('grid.join', { invitation: invitation.trim() });
    });
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) join();
      }}
    >
      <div>
        <h1 className={styles.title}>Join by invitation</h1>
        <p className={styles.lead}>Your 3bot checks every signature in the history by itself.</p>
      </div>
      <TextField
        label="Invitation"
        value={invitation}
        onChange={setInvitation}
        rows={3}
        isMono
        autoFocus
        maxLength={4096}
        placeholder="3bot:…"
      />
      <Select
        label="History to keep"
        value={keeps}
        options={keepsChoices}
        onChange={setChosen}
        hint={keepsWords(keeps)}
      />
      {state.kind === 'failed' ? <InlineError failure={state.failure} /> : null}
      <div className={styles.buttons}>
        <Button onPress={onBack}>Back</Button>
        <Button kind="primary" type="submit" isPending={isPending} isDisabled={!isReady}>
          Join grid
        </Button>
      </div>
    </form>
  );
};
