// What the farmer asks for a draft, computed by the same rule that main and the grid use.
import { askingPrice, fitsCapacity } from '../../../core/units.ts';
import { type Draft, draftCapacity } from '../../lib/draft.ts';
import { useQuery } from '../../stores/context.tsx';
import { Amount } from '../../ui/amount.tsx';
import { Notice } from '../../ui/status.tsx';
import styles from './contracts.module.css';

interface AskingProps {
  readonly draft: Draft;
  readonly termSeconds: number;
}

/** The price for the term, as soon as a node is chosen. */
export const Asking = ({ draft, termSeconds }: AskingProps) =>
  /^[0-9a-f]{64}$/.test(draft.node) ? <NodeAsking draft={draft} termSeconds={termSeconds} /> : null;

const NodeAsking = ({ draft, termSeconds }: AskingProps) => {
  const [node] = useQuery('capacity.node', { id: draft.node });
  if (node.kind !== 'ready' || node.value === null) return null;
  const capacity = draftCapacity(draft);
  return (
    <>
      <div className={styles.total}>
        <span>Farmer asks</span>
        <Amount stroops={askingPrice(capacity, node.value.prices, termSeconds)} size="large" />
      </div>
      {fitsCapacity(capacity, node.value.free) ? null : (
        <Notice tone="caution" title="The node has less than that free" />
      )}
    </>
  );
};
