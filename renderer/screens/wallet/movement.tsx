// One change of my balance with all that is known of it, and the file that proves it to anybody.
import { FileCheck } from 'lucide-react';
import type { LedgerView } from '../../../core/views.ts';
import { formatExactAmount } from '../../lib/amount.ts';
import { ledgerReasonText } from '../../lib/contract-words.ts';
import { saveFile } from '../../lib/save-file.ts';
import { formatExactTime } from '../../lib/time.ts';
import { useStores } from '../../stores/context.tsx';
import { Address } from '../../ui/address.tsx';
import { Amount } from '../../ui/amount.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { type Fact, Facts } from '../../ui/layout.tsx';
import { PeerText } from '../../ui/peer-text.tsx';
import { useAct } from '../shared/use-act.ts';
import { useNames } from '../shared/who.tsx';
import styles from './wallet.module.css';

interface MovementProps {
  readonly line: LedgerView;
  readonly onClose: () => void;
}

/** Exact figures, whole addresses, and the receipt where a record caused it; time causes the others. */
export const Movement = ({ line, onClose }: MovementProps) => {
  const { bridge, router } = useStores();
  const act = useAct();
  const { record, contract, memo, counterparty } = line;
  const nameOf = useNames();
  const writer = line.delta > 0n ? counterparty : null;
  const save = async (of: string): Promise<void> => {
    const { fileName, bytes } = await bridge.call('grid.receipt', { record: of });
    saveFile(fileName, bytes);
  };
  return (
    <Dialog
      title={ledgerReasonText[line.reason]}
      isOpen
      onClose={onClose}
      footer={
        <>
          {contract === null ? null : <Button onPress={() => router.go('contracts', contract)}>Open contract</Button>}
          {record === null ? null : (
            <Button icon={<FileCheck />} onPress={() => act(() => save(record), 'Receipt saved')}>
              Export receipt
            </Button>
          )}
        </>
      }
    >
      <div className={styles.form}>
        <Facts facts={factsOf(line, nameOf)} />
        {memo === null ? null : <PeerText text={memo} author={writer} authorName={nameOf(writer ?? '')} label="Note" />}
      </div>
    </Dialog>
  );
};

function factsOf(
  { delta, balance, timeMs, counterparty, contract, record, height }: LedgerView,
  nameOf: ReturnType<typeof useNames>,
): readonly Fact[] {
  return [
    { name: 'Amount', value: <Amount stroops={delta} isSigned size="large" /> },
    { name: 'Balance after', value: formatExactAmount(balance) },
    { name: 'When', value: formatExactTime(timeMs) },
    ...(counterparty === null
      ? []
      : [
          { name: delta < 0n ? 'To' : 'From', value: nameOf(counterparty) ?? 'Nobody in your contacts' },
          { name: 'Address', value: <Address value={counterparty} isFull /> },
        ]),
    ...(contract === null ? [] : [{ name: 'Contract', value: <Address value={contract} what="contract’s id" /> }]),
    ...(record === null ? [] : [{ name: 'Record', value: <Address value={record} what="record’s id" /> }]),
    { name: 'Block', value: height.toLocaleString('en') },
  ];
}
