// Who must agree to a new contract: people, their weights, who cannot be left out, and how many it takes, to start and to end it.
import { UserPlus, X } from 'lucide-react';
import { useState } from 'react';
import { isAddressShaped } from '../../lib/address.ts';
import { valueIn } from '../../lib/async-state.ts';
import type { Draft, DraftSigner } from '../../lib/draft.ts';
import { useQuery } from '../../stores/context.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { Disclosure, Stack } from '../../ui/layout.tsx';
import { Select } from '../../ui/select.tsx';
import { Checkbox } from '../../ui/toggle.tsx';
import { FindPerson } from '../shared/find-person.tsx';
import { Who } from '../shared/who.tsx';
import styles from './contracts.module.css';

interface SignersProps {
  readonly draft: Draft;
  readonly me: string | null;
  readonly onChange: (part: Partial<Draft>) => void;
}

const weightOptions = ['1', '2', '3', '4', '5'].map((value) => ({ value, text: `Weight ${value}` }));

/** People, weights, thresholds. */
export const Signers = ({ draft, me, onChange }: SignersProps) => {
  const all = draft.signers.reduce((sum, signer) => sum + signer.weight, 0);
  const change = (signers: readonly DraftSigner[]): void => {
    const most = signers.reduce((sum, signer) => sum + signer.weight, 0);
    onChange({
      signers,
      threshold: Math.max(1, Math.min(draft.threshold, most)),
      deleteThreshold: Math.max(1, Math.min(draft.deleteThreshold, most)),
    });
  };
  const add = (address: string): void => {
    if (!isAddressShaped(address) || draft.signers.some((signer) => signer.address === address)) return;
    change([...draft.signers, { address, weight: 1, isRequired: false }]);
  };
  const steps = Array.from({ length: Math.max(1, Math.min(all, 50)) }, (_, index) => ({
    value: String(index + 1),
    text: `${index + 1} of ${all}`,
  }));
  return (
    <div className={styles.form}>
      <ul>
        {draft.signers.map((signer) => (
          <SignerRow
            key={signer.address}
            signer={signer}
            isPayer={signer.address === me}
            onChange={(next) => change(draft.signers.map((each) => (each.address === signer.address ? next : each)))}
            onRemove={() => change(draft.signers.filter((each) => each.address !== signer.address))}
          />
        ))}
      </ul>
      <AddPerson isThere={(address) => draft.signers.some((signer) => signer.address === address)} onAdd={add} />
      <div className={styles.pair}>
        <Select
          label="Needed to start"
          value={String(draft.threshold)}
          options={steps}
          onChange={(value) => onChange({ threshold: Number(value) })}
        />
        <Select
          label="Needed to end"
          value={String(draft.deleteThreshold)}
          options={steps}
          onChange={(value) => onChange({ deleteThreshold: Number(value) })}
        />
      </div>
    </div>
  );
};

interface SignerRowProps {
  readonly signer: DraftSigner;
  readonly isPayer: boolean;
  readonly onChange: (signer: DraftSigner) => void;
  readonly onRemove: () => void;
}

const SignerRow = ({ signer, isPayer, onChange, onRemove }: SignerRowProps) => (
  <li className={styles.signer}>
    <Stack isRow gap={2}>
      <Who address={signer.address} size={24} />
      {isPayer ? <span className={styles.muted}>pays</span> : null}
    </Stack>
    <Select
      label="Weight"
      isLabelHidden
      value={String(signer.weight)}
      options={weightOptions}
      onChange={(weight) => onChange({ ...signer, weight: Number(weight) })}
    />
    <Checkbox isSelected={signer.isRequired} onChange={(isRequired) => onChange({ ...signer, isRequired })}>
      Required
    </Checkbox>
    {isPayer ? <span /> : <IconButton label="Remove" icon={<X />} onPress={onRemove} />}
  </li>
);

interface AddPersonProps {
  readonly isThere: (address: string) => boolean;
  readonly onAdd: (address: string) => void;
}

const AddPerson = ({ isThere, onAdd }: AddPersonProps) => {
  const [contacts] = useQuery('people.contacts', null);
  const [typed, setTyped] = useState('');
  const others = (valueIn(contacts) ?? []).filter((contact) => !isThere(contact.address));
  const add = (address: string): void => {
    onAdd(address);
    setTyped('');
  };
  return (
    <Stack gap={2}>
      <div className={styles.fetch}>
        <TextField label="Add a person" value={typed} onChange={setTyped} isMono placeholder="G…" maxLength={80} />
        <Button icon={<UserPlus />} onPress={() => add(typed.trim())} isDisabled={!isAddressShaped(typed.trim())}>
          Add
        </Button>
      </div>
      <Stack isRow gap={2} isWrapping>
        {others.slice(0, 8).map((contact) => (
          <Button key={contact.address} size="small" onPress={() => add(contact.address)} label={`Add ${contact.name}`}>
            {contact.name}
          </Button>
        ))}
      </Stack>
      <Disclosure title="Find someone on the grid">
        <FindPerson onChoose={add} />
      </Disclosure>
    </Stack>
  );
};
