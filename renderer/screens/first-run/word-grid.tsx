// The 24 words on screen, numbered, in four columns. Never copyable by a button: a clipboard is read by other programs.
import styles from './first-run.module.css';

/** Words in order, column by column. */
export const WordGrid = ({ words }: { readonly words: readonly string[] }) => (
  <ol className={styles.words} aria-label="Your 24 words">
    {words.map((word, index) => (
      <li key={`${String(index)}${word}`} className={styles.word}>
        <span className={styles.number} aria-hidden="true">
          {index + 1}
        </span>
        {word}
      </li>
    ))}
  </ol>
);
