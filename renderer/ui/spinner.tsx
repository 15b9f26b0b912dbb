// A small turning ring for work under a second or without a number. Longer work shows Progress.
import styles from './spinner.module.css';

/** Decorative; whoever shows it says in words what is going on. */
export const Spinner = () => (
  <svg className={styles.spinner} viewBox="0 0 16 16" aria-hidden="true">
    <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeOpacity="0.25" strokeWidth="2" />
    <path d="M8 2a6 6 0 0 1 6 6" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
  </svg>
);
