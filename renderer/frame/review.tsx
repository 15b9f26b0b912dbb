// The road to every signature: ask main to prepare, show its review, and approve with the very digest that was shown. Any screen
// can send a person down this road; none has another.
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import type { OutcomeView, ReviewView } from '../../core/ipc/views.ts';
import { useNames } from '../screens/shared/who.tsx';
import { useAction, useStores } from '../stores/context.tsx';
import { ReviewSheet } from '../ui/review-sheet.tsx';

/** Shows a review. Gives the outcome when it was signed, null when the person said no. */
export type Review = (review: ReviewView) => Promise<OutcomeView | null>;

const ReviewContext = createContext<Review>(() => Promise.resolve(null));

interface OpenReview {
  readonly review: ReviewView;
  readonly answer: (outcome: OutcomeView | null) => void;
}

/** Gives the views below the road, and holds the one sheet. */
export const ReviewProvider = ({ children }: { readonly children: ReactNode }) => {
  const { bridge, handedIn } = useStores();
  const nameOf = useNames();
  const [open, setOpen] = useState<OpenReview | null>(null);
  const { state, isPending, run, reset } = useAction<void>();
  const begin = useCallback<Review>(
    (review) =>
      new Promise((answer) => {
        reset();
        setOpen({ review, answer });
      }),
    [reset],
  );
  const close = (outcome: OutcomeView | null): void => {
    open?.answer(outcome);
    setOpen(null);
  };
  const sign = ({ review }: OpenReview): void =>
    run(async () => {
      const outcome = await bridge.call('review.approve', { id: review.id, digest: review.digest });
      if (outcome.record !== null) handedIn.remember(outcome.record, { action: review.action, costs: review.costs });
      close(outcome);
    });
  const cancel = ({ review }: OpenReview): void => {
    close(null);
    // Main forgets it by itself too; that it is gone already is no news.
    bridge.call('review.drop', { id: review.id }).catch(() => undefined);
  };
  return (
    <ReviewContext value={begin}>
      {children}
      {open === null ? null : (
        <ReviewSheet
          review={open.review}
          isOpen
          isPending={isPending}
          failure={state.kind === 'failed' ? state.failure : undefined}
          nameOf={nameOf}
          onSign={() => sign(open)}
          onCancel={() => cancel(open)}
        />
      )}
    </ReviewContext>
  );
};

/** The road to a signature. */
export const useReview = (): Review => useContext(ReviewContext);
