// Short messages that come and go by themselves, read out politely. Nothing that needs an answer goes here.
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react';
import { Status } from './status.tsx';
import styles from './toast.module.css';

/** One message. */
export interface Announcement {
  readonly tone: 'ok' | 'info' | 'caution' | 'danger';
  readonly text: string;
}

const SHOWN_MS = { ok: 5000, info: 5000, caution: 10_000, danger: 10_000 } as const;
const MOST = 3;
const ToastContext = createContext<(announcement: Announcement) => void>(() => undefined);

/** Gives the views below a way to announce, and shows what they announce. */
export const ToastProvider = ({ children }: { readonly children: ReactNode }) => {
  const [shown, setShown] = useState<readonly (Announcement & { readonly id: number })[]>([]);
  const lastId = useRef(0);
  const announce = useCallback((announcement: Announcement) => {
    lastId.current += 1;
    const id = lastId.current;
    setShown((before) => [...before.slice(1 - MOST), { ...announcement, id }]);
    setTimeout(() => setShown((before) => before.filter((each) => each.id !== id)), SHOWN_MS[announcement.tone]);
  }, []);
  const list = useMemo(
    () => (
      <div className={styles.region} role="status" aria-live="polite" aria-label="Messages">
        {shown.map((each) => (
          <div key={each.id} className={styles.toast}>
            <Status tone={each.tone} isPlain>
              <span className={styles.text}>{each.text}</span>
            </Status>
          </div>
        ))}
      </div>
    ),
    [shown],
  );
  return (
    <ToastContext value={announce}>
      {children}
      {list}
    </ToastContext>
  );
};

/** Says something short to whoever uses the app. */
export const useAnnounce = (): ((announcement: Announcement) => void) => useContext(ToastContext);
