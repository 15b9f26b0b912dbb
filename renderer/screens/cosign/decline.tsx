// Saying no, with a reason that the others will read.
import { useState } from 'react';
import type { PacketView } from '../../../core/ipc/views.ts';
import { useAction, useStores } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { InlineError } from '../../ui/state-view.tsx';

/** A reason, then the word. */
export const Decline = ({ id, onClose }: { readonly id: string; readonly onClose: () => void }) => {
  const { bridge } = useStores();
  const [reason, setReason] = useState('');
  const { state, isPending, run } = useAction<PacketView>();
  const decline = (): void =>
    run(async () => {
      const packet = await bridge.call('desk.decline', { id, reason: reason.trim() });
      onClose();
      return packet;
    });
  return (
    <Dialog
      title="Decline to sign"
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="danger" onPress={decline} isPending={isPending}>
            Decline
          </Button>
        </>
      }
    >
      <TextField
        label="Reason"
        value={reason}
        onChange={setReason}
        rows={3}
        autoFocus
        maxLength={200}
        hint="The others will read it"
      />
      {state.kind === 'failed' ? <InlineError failure={state.failure} /> : null}
    </Dialog>
  );
};
