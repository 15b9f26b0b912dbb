// Contracts on their way to be signed by all who must: what waits for me first, then the rest.
import { FileDown, Handshake } from 'lucide-react';
import { FileTrigger } from 'react-aria-components';
import type { PacketView } from '../../../core/ipc/views.ts';
import { packetStateWords } from '../../lib/contract-words.ts';
import { peerLine } from '../../lib/peer-text.ts';
import { readFile } from '../../lib/save-file.ts';
import { useQuery, useStores } from '../../stores/context.tsx';
import { Amount } from '../../ui/amount.tsx';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/layout.tsx';
import { PeerName } from '../../ui/peer-text.tsx';
import { EmptyState } from '../../ui/state-view.tsx';
import { Status } from '../../ui/status.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import { useAct } from '../shared/use-act.ts';
import { Who } from '../shared/who.tsx';
import styles from './cosign.module.css';
import { Packet } from './packet.tsx';

/** `#/cosign`, `#/cosign/<packet id>`. */
export const Cosign = ({ rest }: { readonly rest: readonly string[] }) => {
  const [packets, retry] = useQuery('desk.packets', null);
  const [id] = rest;
  return (
    <AsyncView state={packets} onRetry={retry} rows={6}>
      {(all) =>
        id === undefined ? <PacketList packets={all} /> : <Packet packet={all.find((each) => each.id === id)} />
      }
    </AsyncView>
  );
};

const isWaiting = (packet: PacketView): boolean => packet.canISign && packet.state !== 'draft';

const purposeText = ({ purpose }: PacketView): string => (purpose === 'delete' ? 'End' : 'Start');

/** A request in words, for the row's accessible name. */
const requestName = (packet: PacketView): string =>
  `${purposeText(packet)} ${peerLine(packet.title, 80)}, ${isWaiting(packet) ? 'waits for you' : packetStateWords[packet.state].text}`;

const PacketState = ({ packet }: { readonly packet: PacketView }) => {
  if (isWaiting(packet)) return <Status tone="caution">Waits for you</Status>;
  const words = packetStateWords[packet.state];
  return <Status tone={words.tone}>{words.text}</Status>;
};

/** Only what can still be signed has a deadline. */
const SignBy = ({ packet }: { readonly packet: PacketView }) => {
  if (!['draft', 'signing', 'ready'].includes(packet.state)) return null;
  return packet.purpose === 'delete' ? (
    <span className={styles.muted}>no deadline</span>
  ) : (
    <Time timeMs={packet.signByMs} />
  );
};

const columns: readonly Column<PacketView>[] = [
  { key: 'state', title: 'State', track: '140px', cell: (packet) => <PacketState packet={packet} /> },
  {
    key: 'title',
    title: 'Request',
    track: 'minmax(140px, 3fr)',
    cell: ({ title, purpose }) => (
      <span className={styles.request}>
        <span className={styles.purpose}>{purpose === 'delete' ? 'End' : 'Start'}</span>{' '}
        <PeerName text={title} longest={80} />
      </span>
    ),
  },
  { key: 'from', title: 'From', track: 'minmax(124px, 1.4fr)', cell: ({ from }) => <Who address={from} /> },
  {
    key: 'signed',
    title: 'Signed',
    track: '76px',
    isEnd: true,
    cell: ({ weight, threshold }) => `${weight} of ${threshold}`,
  },
  {
    key: 'price',
    title: 'Price',
    track: 'minmax(100px, 1fr)',
    from: 760,
    isEnd: true,
    cell: ({ price }) => <Amount stroops={price} />,
  },
  {
    key: 'deadline',
    title: 'Sign by',
    track: 'minmax(96px, 1fr)',
    cell: (packet) => <SignBy packet={packet} />,
  },
];

/** 200,000 bytes is what main takes. */
const MOST_BYTES = 200_001;

const PacketList = ({ packets }: { readonly packets: readonly PacketView[] }) => {
  const { bridge, router } = useStores();
  const act = useAct();
  const sorted = [...packets].sort((a, b) => Number(isWaiting(b)) - Number(isWaiting(a)) || b.updatedMs - a.updatedMs);
  const importFile = async (files: FileList | null): Promise<void> => {
    const bytes = await readFile(files, MOST_BYTES);
    if (bytes === null) return;
    const packet = await bridge.call('desk.importPacket', { bytes });
    router.go('cosign', packet.id);
  };
  return (
    <Page
      title="Co-sign"
      isWide
      lead="Nobody can sign for you, and a signature is good for one version of one contract only."
      actions={
        <FileTrigger onSelect={(files) => act(() => importFile(files))}>
          <Button icon={<FileDown />}>Import packet</Button>
        </FileTrigger>
      }
    >
      {sorted.length === 0 ? (
        <EmptyState icon={<Handshake />} title="Nothing waits for a signature">
          Requests from others show up here, also while you are away. A packet can also come as a file.
        </EmptyState>
      ) : (
        <Table
          label="Requests"
          columns={columns}
          count={sorted.length}
          rowAt={(index) => sorted[index]}
          rowName={requestName}
          onOpen={(each) => router.go('cosign', each.id)}
          rowHeight={44}
          minWidth={580}
          isFilling
        />
      )}
    </Page>
  );
};
