// The one sheet on which a person decides to sign. It shows what main made from the bytes that will be signed, and adds nothing of
// its own. The safe button has the focus; the signing one is named by its effect.
import { Ban, CalendarClock, Coins } from 'lucide-react';
import type { ReviewView } from '../../core/ipc/views.ts';
import type { Failure } from '../lib/async-state.ts';
import { Amount } from './amount.tsx';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Disclosure } from './layout.tsx';
import { PeerText } from './peer-text.tsx';
import styles from './review-sheet.module.css';
import { InlineError } from './state-view.tsx';
import { Time } from './time.tsx';

interface ReviewSheetProps {
  readonly review: ReviewView;
  readonly isOpen: boolean;
  readonly isPending: boolean;
  readonly failure?: Failure | undefined;
  /** My own name for a key. */
  readonly nameOf: (address: string) => string | undefined;
  readonly onSign: () => void;
  readonly onCancel: () => void;
}

/** Sentences, cost, until when, what it can never do, digest words, raw data folded. */
export const ReviewSheet = ({ review, isOpen, isPending, failure, nameOf, onSign, onCancel }: ReviewSheetProps) => (
  <Dialog
    title={review.action}
    isOpen={isOpen}
    onClose={onCancel}
    role="alertdialog"
    footer={
      <>
        <Button onPress={onCancel} autoFocus>
          Cancel
        </Button>
        <Button kind={review.isDangerous ? 'danger' : 'primary'} onPress={onSign} isPending={isPending}>
          {review.action}
        </Button>
      </>
    }
  >
    <div className={styles.review}>
      <div className={styles.sentences}>
        {review.happens.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      {review.peerTexts.map((each) => (
        <PeerText
          key={each.label}
          text={each.text}
          author={each.author}
          authorName={each.author === null ? undefined : nameOf(each.author)}
          label={each.label}
        />
      ))}
      <dl className={styles.facts}>
        <dt>
          <Coins aria-hidden /> Costs
        </dt>
        <dd>{review.costs === null || review.costs === 0n ? 'Nothing for you' : <Amount stroops={review.costs} />}</dd>
        {review.untilMs === null ? null : (
          <>
            <dt>
              <CalendarClock aria-hidden /> Until
            </dt>
            <dd>
              <Time timeMs={review.untilMs} />
            </dd>
          </>
        )}
        {review.never.length === 0 ? null : (
          <>
            <dt>
              <Ban aria-hidden /> Limits
            </dt>
            <dd>
              {review.never.map((each) => (
                <p key={each}>{each}</p>
              ))}
            </dd>
          </>
        )}
      </dl>
      <div className={styles.digest}>
        <p className={styles.digestLabel}>Words of what you sign; whoever signs the same sees the same</p>
        <p className={styles.words}>{review.digestWords.join(' ')}</p>
      </div>
      <Disclosure title="Raw data">
        <p className={styles.hash}>SHA-256 {review.digest}</p>
        <pre className={styles.raw}>{review.raw}</pre>
        <pre className={styles.raw}>{review.rawHex}</pre>
      </Disclosure>
      {failure === undefined ? null : <InlineError failure={failure} />}
    </div>
  </Dialog>
);
