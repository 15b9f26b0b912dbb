// Text by someone else, shown so that nobody takes it for the app's: fenced, marked, cleaned, cut, inert.
import { cleanPeerText, peerLine } from '../lib/peer-text.ts';
import { Person } from './address.tsx';
import styles from './peer-text.module.css';

interface PeerTextProps {
  readonly text: string;
  readonly author: string | null;
  readonly authorName?: string | undefined;
  readonly longest?: number;
  /** What the author did, after the name: "wrote". */
  readonly what?: string;
  /** What the text is, before the name: "Title, by". Replaces `what`. */
  readonly label?: string;
  readonly isMono?: boolean;
}

/** A fenced block of a peer's text with its author's mark. Says when something was left out. */
export const PeerText = ({
  text,
  author,
  authorName,
  longest = 600,
  what = 'wrote',
  label,
  isMono = false,
}: PeerTextProps) => {
  const clean = cleanPeerText(text, longest);
  return (
    <figure className={styles.fence} aria-label="Text by a peer">
      <figcaption className={styles.author}>
        {label === undefined ? null : <span>{author === null ? label : `${label}, by`}</span>}
        {author === null ? null : <Person address={author} name={authorName} size={16} />}
        {label === undefined ? <span>{what}</span> : null}
      </figcaption>
      <blockquote className={isMono ? styles.mono : styles.text} dir="auto">
        {clean.text === '' ? <em className={styles.note}>nothing readable</em> : clean.text}
      </blockquote>
      {clean.removed > 0 || clean.isCut ? (
        <p className={styles.note}>
          {clean.removed > 0 ? `${clean.removed} invisible characters taken out. ` : ''}
          {clean.isCut ? `Cut at ${longest} characters.` : ''}
        </p>
      ) : null}
    </figure>
  );
};

/** A peer's name inside a line: cleaned, cut, and in quotes so that it looks like someone's words. */
export const PeerName = ({ text, longest = 40 }: { readonly text: string; readonly longest?: number }) => (
  <bdi className={styles.name}>{peerLine(text, longest)}</bdi>
);
