// All filters that the grid has data for, in groups. They act while one types: the button below says how many nodes are left.
import { filterField, filterGroups, filterNames } from '../../lib/node-filter-fields.ts';
import { noFilters, removesWords, type TypedFilters, usedFilters } from '../../lib/node-filters.ts';
import type { NodeCounts } from '../../stores/node-list.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Disclosure } from '../../ui/layout.tsx';
import { Badge } from '../../ui/status.tsx';
import styles from './capacity.module.css';
import { FilterControl } from './filter-field.tsx';

interface FilterSheetProps {
  readonly typed: TypedFilters;
  readonly onChange: (typed: TypedFilters) => void;
  readonly counts: NodeCounts | undefined;
  readonly onClose: () => void;
}

/** "Show 3 nodes", "Show no node". */
const showWords = (counts: NodeCounts | undefined): string => {
  if (counts === undefined) return 'Show nodes';
  const { count } = counts;
  return `Show ${count === 0 ? 'no' : count.toLocaleString('en')} node${count === 0 || count === 1 ? '' : 's'}`;
};

/** The sheet at the right side. Groups with a filter in use are open, and the first. */
export const FilterSheet = ({ typed, onChange, counts, onClose }: FilterSheetProps) => {
  const used = new Set(usedFilters(typed).map(({ name }) => name));
  return (
    <Dialog
      title="All filters"
      isOpen
      onClose={onClose}
      placement="side"
      footer={
        <>
          <Button kind="quiet" isDisabled={used.size === 0} onPress={() => onChange(noFilters)}>
            Clear all
          </Button>
          <Button kind="primary" onPress={onClose}>
            {showWords(counts)}
          </Button>
        </>
      }
    >
      <div className={styles.groups}>
        {filterGroups.map(({ key, title }, index) => {
          const names = filterNames.filter((name) => filterField(name).group === key);
          const inUse = names.filter((name) => used.has(name)).length;
          return (
            <Disclosure
              key={key}
              isOpenAtFirst={index === 0 || inUse > 0}
              title={
                <>
                  {title}
                  {inUse === 0 ? null : <Badge>{`${String(inUse)} in use`}</Badge>}
                </>
              }
            >
              <div className={styles.group}>
                {names.map((name) => (
                  <FilterControl
                    key={name}
                    name={name}
                    typed={typed[name]}
                    onChange={(value) => onChange({ ...typed, [name]: value })}
                    note={(used.has(name) ? removesWords(name, counts?.removedBy) : filterField(name).hint) ?? '\u00a0'}
                  />
                ))}
              </div>
            </Disclosure>
          );
        })}
      </div>
    </Dialog>
  );
};
