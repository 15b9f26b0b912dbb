// Sending TFT: to whom, how much, a note. Nothing is signed here; main prepares a review of the exact bytes.
import { useState } from 'react';
import { useReview } from '../../frame/review.tsx';
import { isAddressShaped } from '../../lib/address.ts';
import { valueIn } from '../../lib/async-state.ts';
import { useAction, useQuery, useStores } from '../../stores/context.tsx';
import { Person } from '../../ui/address.tsx';
import { Amount } from '../../ui/amount.tsx';
import { AmountField } from '../../ui/amount-field.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Disclosure } from '../../ui/layout.tsx';
import { InlineError } from '../../ui/state-view.tsx';
import { useAnnounce } from '../../ui/toast.tsx';
import { FindPerson } from '../shared/find-person.tsx';
import { Who } from '../shared/who.tsx';
import styles from './wallet.module.css';

interface SendProps {
  readonly to: string;
  readonly onClose: () => void;
}

/** The sheet that leads to the review of a transfer. */
export const Send = ({ to: firstTo, onClose }: SendProps) => {
  const { bridge } = useStores();
  const review = useReview();
  const announce = useAnnounce();
  const [account] = useQuery('wallet.account', null);
  const [contacts] = useQuery('people.contacts', null);
  const [to, setTo] = useState(firstTo);
  const [amount, setAmount] = useState<bigint | null>(null);
  const [memo, setMemo] = useState('');
  const { state, isPending, run } = useAction<void>();
  const balance = valueIn(account)?.balance ?? 0n;
  const address = to.trim();
  const isOver = amount !== null && amount > balance;
  const canReview = isAddressShaped(address) && amount !== null && amount > 0n && !isOver;

  const prepare = (): void =>
    run(async () => {
      if (amount === null) return;
      const note = memo.trim();
      const prepared = await bridge.call('wallet.prepareSend', {
        to: address,
        amountStroops: amount,
        ...(note === '' ? {} : { memo: note }),
      });
      if ((await review(prepared)) === null) return;
      announce({ tone: 'info', text: 'Signed and handed in. It is final in a moment.' });
      onClose();
    });

  return (
    <Dialog
      title="Send TFT"
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" onPress={prepare} isPending={isPending} isDisabled={!canReview}>
            Review
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <TextField
          label="To"
          value={to}
          onChange={setTo}
          isMono
          autoFocus
          placeholder="G…"
          maxLength={80}
          problem={
            address.length >= 56 && !isAddressShaped(address) ? 'An address is G and 55 more characters' : undefined
          }
        />
        {isAddressShaped(address) ? (
          <Recipient address={address} />
        ) : (
          <div className={styles.chips}>
            {(valueIn(contacts) ?? []).slice(0, 6).map((contact) => (
              <Button key={contact.address} size="small" onPress={() => setTo(contact.address)}>
                {contact.name}
              </Button>
            ))}
          </div>
        )}
        <AmountField
          label="Amount"
          stroops={amount}
          onChange={setAmount}
          hint={
            <>
              You have <Amount stroops={balance} />
            </>
          }
          problem={isOver ? 'More than you have' : undefined}
        />
        <TextField
          label="Note"
          value={memo}
          onChange={setMemo}
          hint="Everyone on the grid can read it, for ever"
          maxLength={64}
        />
        <Disclosure title="Find someone on the grid">
          <FindPerson onChoose={setTo} />
        </Disclosure>
        {state.kind === 'failed' ? <InlineError failure={state.failure} /> : null}
      </div>
    </Dialog>
  );
};

/** Who an address is to me; an unknown one looks unknown. */
const Recipient = ({ address }: { readonly address: string }) => {
  const [contacts] = useQuery('people.contacts', null);
  const contact = (valueIn(contacts) ?? []).find((each) => each.address === address);
  return (
    <div className={styles.party}>
      {contact === undefined ? <Person address={address} size={32} /> : <Who address={address} size={32} />}
      <span>
        {contact === undefined ? 'Not one of your contacts. Compare the whole address.' : 'One of your contacts'}
      </span>
    </div>
  );
};
