// The end of a list that goes on elsewhere: this computer began with a snapshot, and what was before is not on it.
import { History as HistoryIcon } from 'lucide-react';
import { EmptyState } from '../../ui/state-view.tsx';
import styles from './not-kept.module.css';

interface NotKeptProps {
  /** Nothing of the list is kept up to this height; null: all of it is. */
  readonly floor: number | null;
  /** What is missing, in the plural. */
  readonly what: string;
  /** The list is empty: the note stands for it. */
  readonly isAll?: boolean;
}

/** Says up to which block earlier lines are not kept here; nothing at all where all of them are. */
export const NotKept = ({ floor, what, isAll = false }: NotKeptProps) => {
  if (floor === null) return null;
  const height = floor.toLocaleString('en');
  const way = 'A 3bot that keeps the whole history has them.';
  if (!isAll) return <p className={styles.note}>{`Older ${what}, up to block ${height}, are not kept here. ${way}`}</p>;
  return (
    <EmptyState icon={<HistoryIcon />} title={`No ${what} since block ${height}`}>
      {`Older ones are not kept on this computer. ${way}`}
    </EmptyState>
  );
};
