// One packet from near: what it would do, who has signed and who has not, until when; and every way to go on with it.
import { Handshake } from 'lucide-react';
import type { PacketView } from '../../../core/ipc/views.ts';
import { capacityText } from '../../lib/capacity-words.ts';
import { packetStateWords } from '../../lib/contract-words.ts';
import { formatSpan } from '../../lib/time.ts';
import { useStores } from '../../stores/context.tsx';
import { hashOf } from '../../stores/router.ts';
import { Address } from '../../ui/address.tsx';
import { Amount } from '../../ui/amount.tsx';
import { Button } from '../../ui/button.tsx';
import { Facts, Page, Panel } from '../../ui/layout.tsx';
import { PeerName, PeerText } from '../../ui/peer-text.tsx';
import { Share } from '../../ui/progress.tsx';
import { EmptyState } from '../../ui/state-view.tsx';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { Who } from '../shared/who.tsx';
import styles from './cosign.module.css';
import { PacketActions } from './packet-actions.tsx';

/** `#/cosign/<packet id>`. */
export const Packet = ({ packet }: { readonly packet: PacketView | undefined }) => {
  const { router } = useStores();
  if (packet === undefined) {
    return (
      <EmptyState
        icon={<Handshake />}
        title="This request is no longer there"
        action={<Button onPress={() => router.go('cosign')}>All requests</Button>}
      />
    );
  }
  const words = packetStateWords[packet.state];
  return (
    <Page
      title={packet.purpose === 'delete' ? 'End a contract' : 'Start a contract'}
      up={{ title: 'Co-sign', href: hashOf('cosign') }}
      lead={
        <span className={styles.lead}>
          <span className={styles.title}>
            <PeerName text={packet.title} longest={80} />
          </span>
          <Status tone={words.tone}>{words.text}</Status>
        </span>
      }
      actions={<PacketActions packet={packet} />}
    >
      {packet.note === null ? null : <PeerText text={packet.note} author={null} what="Last word" />}
      <div className={styles.columns}>
        <div className={styles.column}>
          <People packet={packet} />
          {packet.farmers.length === 0 ? null : <Farmers packet={packet} />}
        </div>
        <div className={styles.column}>
          <Terms packet={packet} />
          <Workloads packet={packet} />
        </div>
      </div>
    </Page>
  );
};

const People = ({ packet }: { readonly packet: PacketView }) => (
  <Panel title="People">
    <div className={styles.meter}>
      <Share
        label="Signed"
        used={packet.weight}
        total={packet.threshold}
        text={`${packet.weight} of ${packet.threshold} needed`}
      />
    </div>
    <ul aria-label="Signers">
      {packet.signers.map((signer) => (
        <li key={signer.address} className={styles.signer}>
          <span className={styles.who}>
            <Who address={signer.address} size={24} />
          </span>
          {signer.weight > 1 ? <span className={styles.muted}>weight {signer.weight}</span> : null}
          {signer.isRequired ? <span className={styles.muted}>required</span> : null}
          {signer.hasSigned ? <Status tone="ok">Signed</Status> : <Status tone="pending">Not yet</Status>}
        </li>
      ))}
    </ul>
  </Panel>
);

const Farmers = ({ packet }: { readonly packet: PacketView }) => (
  <Panel title="Farmer">
    <ul aria-label="Farmers">
      {packet.farmers.map((farmer) => (
        <li key={farmer.address}>
          <div className={styles.signer}>
            <span className={styles.who}>
              <Who address={farmer.address} size={24} />
            </span>
            {farmer.hasAccepted ? <Status tone="ok">Accepted</Status> : null}
            {!farmer.hasAccepted && farmer.declined === null ? <Status tone="pending">Not yet</Status> : null}
            {farmer.declined === null ? null : <Status tone="danger">Declined</Status>}
          </div>
          {farmer.declined === null ? null : <PeerText text={farmer.declined} author={farmer.address} longest={200} />}
        </li>
      ))}
    </ul>
  </Panel>
);

const Terms = ({ packet }: { readonly packet: PacketView }) => (
  <Panel title="Terms">
    <Facts
      facts={[
        { name: 'Price', value: <Amount stroops={packet.price} /> },
        { name: 'Pays', value: <Who address={packet.payer} /> },
        { name: 'Paid for', value: formatSpan(packet.termSeconds * 1000) },
        ...(packet.purpose === 'delete' ? [] : [{ name: 'Sign by', value: <Time timeMs={packet.signByMs} /> }]),
        { name: 'Starts within', value: formatSpan(packet.deployWithinMs) },
        { name: 'From', value: <Who address={packet.from} /> },
        {
          name: 'Contract',
          value:
            packet.state === 'recorded' || packet.purpose === 'delete' ? (
              <a href={hashOf('contracts', packet.contract)}>Open contract</a>
            ) : (
              <Address value={packet.contract} what="contract id" />
            ),
        },
      ]}
    />
  </Panel>
);

const Workloads = ({ packet }: { readonly packet: PacketView }) => (
  <Panel title="Workloads">
    {packet.workloads.map((workload) => (
      <div key={workload.name} className={styles.workload}>
        <p className={styles.workloadName}>
          <PeerName text={workload.name} />
        </p>
        <Facts
          facts={[
            { name: 'Capacity', value: capacityText(workload.capacity) },
            { name: 'Price', value: <Amount stroops={workload.price} /> },
            { name: 'Image', value: <Address value={workload.image} what="image" /> },
            { name: 'Node', value: <Address value={workload.node} what="node id" /> },
          ]}
        />
      </div>
    ))}
  </Panel>
);
