// The wallet: what I have, what is on its way, every change with its cause; send and receive.
import { ArrowDownLeft, ArrowUpRight } from 'lucide-react';
import type { IdentityView } from '../../../core/ipc/views.ts';
import { useQuery, useStores } from '../../stores/context.tsx';
import { Amount } from '../../ui/amount.tsx';
import { Button } from '../../ui/button.tsx';
import { Page, Panel } from '../../ui/layout.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import { History } from './history.tsx';
import { Outbox } from './outbox.tsx';
import { Receive } from './receive.tsx';
import { Send } from './send.tsx';
import styles from './wallet.module.css';

interface WalletProps {
  readonly me: IdentityView;
  readonly rest: readonly string[];
}

/** `#/wallet`, `#/wallet/send`, `#/wallet/send/G…`, `#/wallet/receive`. */
export const Wallet = ({ me, rest }: WalletProps) => {
  const { router } = useStores();
  const [account, retry] = useQuery('wallet.account', null);
  const close = (): void => router.go('wallet');
  return (
    <Page title="Wallet">
      <Panel label="Balance">
        <AsyncView state={account} onRetry={retry} rows={2}>
          {({ balance, locked }) => (
            <div className={styles.hero}>
              <div className={styles.balance}>
                <p className={styles.caption}>Balance</p>
                <Amount stroops={balance} size="huge" />
                <p className={styles.locked}>
                  {locked === 0n ? (
                    'Nothing is locked in contracts'
                  ) : (
                    <>
                      and <Amount stroops={locked} /> locked in contracts
                    </>
                  )}
                </p>
              </div>
              <div className={styles.acts}>
                <Button icon={<ArrowDownLeft />} size="large" onPress={() => router.go('wallet', 'receive')}>
                  Receive
                </Button>
                <Button
                  kind="primary"
                  icon={<ArrowUpRight />}
                  size="large"
                  onPress={() => router.go('wallet', 'send')}
                  isDisabled={balance === 0n}
                >
                  Send
                </Button>
              </div>
            </div>
          )}
        </AsyncView>
      </Panel>
      <Outbox />
      <History />
      {rest[0] === 'send' ? <Send to={rest[1] ?? ''} onClose={close} /> : null}
      {rest[0] === 'receive' && me.address !== null ? <Receive address={me.address} onClose={close} /> : null}
    </Page>
  );
};
