// One of a few ways to go on, as a large button with a sentence.
import { ArrowRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import styles from './first-run.module.css';

interface ChoiceProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  readonly onChoose: () => void;
}

/** Title, sentence, arrow. */
export const Choice = ({ icon, title, text, onChoose }: ChoiceProps) => (
  <Button className={styles.choice ?? ''} onPress={onChoose} aria-label={title}>
    <span className={styles.choiceIcon} aria-hidden="true">
      {icon}
    </span>
    <span className={styles.choiceText}>
      <span className={styles.choiceTitle}>{title}</span>
      <span className={styles.choiceNote}>{text}</span>
    </span>
    <ArrowRight aria-hidden />
  </Button>
);
