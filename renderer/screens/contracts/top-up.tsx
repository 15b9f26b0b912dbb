// More money for a running contract, by review.
import { useState } from 'react';
import type { ContractView } from '../../../core/views.ts';
import { useReview } from '../../frame/review.tsx';
import { useAction, useStores } from '../../stores/context.tsx';
import { AmountField } from '../../ui/amount-field.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { InlineError } from '../../ui/state-view.tsx';
import { useAnnounce } from '../../ui/toast.tsx';
import styles from './contracts.module.css';

interface TopUpProps {
  readonly contract: ContractView;
  readonly onClose: () => void;
}

/** Amount, then review. */
export const TopUp = ({ contract, onClose }: TopUpProps) => {
  const { bridge } = useStores();
  const review = useReview();
  const announce = useAnnounce();
  const [amount, setAmount] = useState<bigint | null>(null);
  const { state, isPending, run } = useAction<void>();
  const prepare = (): void =>
    run(async () => {
      if (amount === null) return;
      const prepared = await bridge.call('contracts.prepareTopup', { id: contract.id, amountStroops: amount });
      if ((await review(prepared)) === null) return;
      announce({ tone: 'info', text: 'Signed and handed in. It is final in a moment.' });
      onClose();
    });
  return (
    <Dialog
      title="Top up"
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" onPress={prepare} isPending={isPending} isDisabled={amount === null || amount === 0n}>
            Review
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <AmountField
          label="Amount"
          stroops={amount}
          onChange={setAmount}
          autoFocus
          hint="What is not used comes back to you"
        />
        {state.kind === 'failed' ? <InlineError failure={state.failure} /> : null}
      </div>
    </Dialog>
  );
};
