// What I can do with a packet now: sign, decline, send it round, record it, take it along as a file, put it away.
import { FileUp, Send, Stamp, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { PacketView, ReviewView } from '../../../core/ipc/views.ts';
import { useReview } from '../../frame/review.tsx';
import { saveFile } from '../../lib/save-file.ts';
import { useStores } from '../../stores/context.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { useAnnounce } from '../../ui/toast.tsx';
import { useAct } from '../shared/use-act.ts';
import { Decline } from './decline.tsx';

/** The one next step is the primary button; everything else is beside it. */
export const PacketActions = ({ packet }: { readonly packet: PacketView }) => {
  const { bridge, router } = useStores();
  const act = useAct();
  const review = useReview();
  const announce = useAnnounce();
  const [isDeclining, setDeclining] = useState(false);
  const { id, state } = packet;
  const decide = async (prepare: () => Promise<ReviewView>, done: string): Promise<void> => {
    if ((await review(await prepare())) !== null) announce({ tone: 'ok', text: done });
  };
  const sign = (): void => act(() => decide(() => bridge.call('desk.prepareSign', { id }), 'Signed'));
  const record = (): void =>
    act(() => decide(() => bridge.call('desk.prepareRecord', { id }), 'Handed in. It is final in a moment.'));
  const saveAsFile = async (): Promise<void> => {
    const { fileName, bytes } = await bridge.call('desk.exportPacket', { id });
    saveFile(fileName, bytes);
  };
  const remove = async (): Promise<void> => {
    await bridge.call('desk.remove', { id });
    router.go('cosign');
  };
  const canSign = packet.canISign;
  const isFarmersWord = packet.haveISigned || !packet.signers.some((signer) => signer.isMe);
  const canSend = packet.amICoordinator && (state === 'draft' || state === 'signing');
  const canRecord = packet.amICoordinator && (state === 'ready' || state === 'signing');
  return (
    <>
      <IconButton label="Save as file" icon={<FileUp />} onPress={() => act(saveAsFile, 'Packet saved')} />
      {state === 'recording' ? null : (
        <IconButton label="Remove from the list" icon={<Trash2 />} onPress={() => act(remove)} />
      )}
      {canSign && !packet.amICoordinator ? <Button onPress={() => setDeclining(true)}>Decline</Button> : null}
      {canSend ? (
        <Button
          icon={<Send />}
          kind={!canSign && state === 'draft' ? 'primary' : 'secondary'}
          onPress={() => act(() => bridge.call('desk.send', { id }), 'Sent to all who must sign')}
        >
          {state === 'draft' ? 'Send to all' : 'Send again'}
        </Button>
      ) : null}
      {canSign ? (
        <Button kind="primary" onPress={sign}>
          {isFarmersWord ? 'Review and accept' : 'Review and sign'}
        </Button>
      ) : null}
      {canRecord ? (
        <Button kind={state === 'ready' ? 'primary' : 'secondary'} icon={<Stamp />} onPress={record}>
          Record
        </Button>
      ) : null}
      {isDeclining ? <Decline id={id} onClose={() => setDeclining(false)} /> : null}
    </>
  );
};
