// The bell: what wants its owner's eyes, judged by main (core/ipc watch.notices). Each line leads to where it can be settled.
import { Bell } from 'lucide-react';
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import type { NoticeView } from '../../core/ipc/views.ts';
import { PeerName } from '../ui/peer-text.tsx';
import { Status, type Tone } from '../ui/status.tsx';
import { Time } from '../ui/time.tsx';
import { sentenceFor } from '../words.ts';
import styles from './notices.module.css';

interface NoticesProps {
  readonly notices: readonly NoticeView[];
  readonly onOpen: (notice: NoticeView) => void;
}

const words: Readonly<Record<NoticeView['kind'], { readonly tone: Tone; readonly text: string }>> = {
  'agent-stopped': { tone: 'danger', text: 'Your node was left off' },
  'node-down': { tone: 'danger', text: 'Your node is down and earns nothing' },
  'contract-ends-soon': { tone: 'caution', text: 'A contract ends soon' },
  'cosign-waits': { tone: 'info', text: 'Somebody waits for your signature' },
  'contract-failed': { tone: 'danger', text: 'A contract failed; what was not earned came back' },
  'database-healed': { tone: 'caution', text: 'The database was damaged and is fetched again' },
  'record-rejected': { tone: 'danger', text: 'The grid refused a record of yours' },
};

/** The reason in a sentence, where it is a code; other reasons stand in the detail that the line leads to. */
const reasonOf = ({ reason }: NoticeView): string | null =>
  reason?.includes('/') === true ? sentenceFor(reason) : null;

/** A bell with a count; opens a list. */
export const Notices = ({ notices, onOpen }: NoticesProps) => (
  <DialogTrigger>
    <Button
      className={styles.bell ?? ''}
      aria-label={notices.length === 0 ? 'Nothing waits for you' : `${notices.length} things wait for you`}
    >
      <Bell aria-hidden />
      {notices.length === 0 ? null : (
        <span className={styles.count} aria-hidden>
          {notices.length > 9 ? '9+' : notices.length}
        </span>
      )}
    </Button>
    <Popover className={styles.popover ?? ''} placement="bottom end" offset={6}>
      <Dialog className={styles.list ?? ''} aria-label="What waits for you">
        {({ close }) =>
          notices.length === 0 ? (
            <p className={styles.empty}>
              Nothing waits for you. Contracts that end, requests to sign and trouble show here.
            </p>
          ) : (
            notices.map((notice) => (
              <Button
                key={`${notice.kind}${notice.about}`}
                className={styles.line ?? ''}
                onPress={() => {
                  close();
                  onOpen(notice);
                }}
              >
                <Status tone={words[notice.kind].tone} isPlain>
                  {words[notice.kind].text}
                </Status>
                <span className={styles.detail}>
                  {notice.title === null ? null : <PeerName text={notice.title} />}
                  {reasonOf(notice) === null ? null : <span>{reasonOf(notice)}</span>}
                  {notice.kind === 'database-healed' ? <code>{notice.reason}</code> : null}
                  <Time timeMs={notice.atMs} />
                </span>
              </Button>
            ))
          )
        }
      </Dialog>
    </Popover>
  </DialogTrigger>
);
