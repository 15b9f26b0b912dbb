// For acts without a form of their own: they run, and a failure is said in a message with its sentence.
import { useCallback } from 'react';
import { failureOf } from '../../call-error.ts';
import { useAnnounce } from '../../ui/toast.tsx';
import { sentenceFor } from '../../words.ts';

/** Runs work; says what went well (if `done` is given) or wrong. */
export const useAct = (): ((work: () => Promise<unknown>, done?: string) => void) => {
  const announce = useAnnounce();
  return useCallback(
    (work, done) => {
      work().then(
        () => {
          if (done !== undefined) announce({ tone: 'ok', text: done });
        },
        (error: unknown) => announce({ tone: 'danger', text: sentenceFor(failureOf(error).code) }),
      );
    },
    [announce],
  );
};
