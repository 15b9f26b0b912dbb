// The one sheet on which a person decides to sign. It shows what main made from the bytes that will be signed, and adds nothing of
// its own. The safe button has the focus; the signing one is named by its effect.
import { Ban, CalendarClock, Coins } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Failure } from '../lib/async-state.ts';
import { Amount } from './amount.tsx';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Disclosure } from './layout.tsx';
import styles from './review-sheet.module.css';
import { InlineError } from './state-view.tsx';
import { Time } from './time.tsx';

/** What a review says, as main built it. */
export interface ReviewContent {
  readonly title: string;
  readonly sentences: readonly string[];
  readonly costStroops: bigint;
  readonly untilMs: number | null;
  readonly never: readonly string[];
  readonly digest: string;
  readonly digestWords: readonly string[];
  readonly raw: string;
  /** The effect, as the button says it: "Send 12.5 TFT". */
  readonly action: string;
}

interface ReviewSheetProps {
  readonly review: ReviewContent;
  readonly isOpen: boolean;
  readonly isPending: boolean;
  readonly failure?: Failure | undefined;
  readonly isDangerous?: boolean;
  readonly onSign: () => void;
  readonly onCancel: () => void;
  readonly children?: ReactNode;
}

/** Sentences, cost, until when, what it can never do, digest words, raw data folded. */
export const ReviewSheet = ({ review, isOpen, isPending, failure, isDangerous = false, onSign, onCancel, children }: ReviewSheetProps) => (
  <Dialog
    title={review.title}
    isOpen={isOpen}
    onClose={onCancel}
    role="alertdialog"
    footer={
      <>
        <Button onPress={onCancel} autoFocus>
          Cancel
        </Button>
        <Button kind={isDangerous ? 'danger' : 'primary'} onPress={onSign} isPending={isPending}>
          {review.action}
        </Button>
      </>
    }
  >
    <div className={styles.review}>
      <div className={styles.sentences}>
        {review.sentences.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      {children}
      <dl className={styles.facts}>
        <dt>
          <Coins aria-hidden /> Costs
        </dt>
        <dd>{review.costStroops === 0n ? 'Nothing' : <Amount stroops={review.costStroops} />}</dd>
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
              <Ban aria-hidden /> Can never
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
        <p className={styles.words} data-testid="digest-words">
          {review.digestWords.join(' ')}
        </p>
      </div>
      <Disclosure title="Raw data">
        <p className={styles.hash}>SHA-256 {review.digest}</p>
        <pre className={styles.raw}>{review.raw}</pre>
      </Disclosure>
      {failure === undefined ? null : <InlineError failure={failure} />}
    </div>
  </Dialog>
);
