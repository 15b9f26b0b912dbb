// Looks for people by the names they give themselves on the grid. Those names are claims: shown as a peer's words, beside the key's mark.
import { Search } from 'lucide-react';
import { useState } from 'react';
import { useQuery } from '../../stores/context.tsx';
import { Address } from '../../ui/address.tsx';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { KeyMark } from '../../ui/key-mark.tsx';
import { PeerName } from '../../ui/peer-text.tsx';
import { AsyncView } from './async-view.tsx';
import styles from './find-person.module.css';

/** A search field and who calls themselves that. */
export const FindPerson = ({ onChoose }: { readonly onChoose: (address: string) => void }) => {
  const [search, setSearch] = useState('');
  return (
    <div className={styles.find}>
      <TextField
        label="Name on the grid"
        isLabelHidden
        type="search"
        value={search}
        onChange={setSearch}
        before={<Search aria-hidden />}
        placeholder="Name on the grid"
        maxLength={60}
      />
      {search.trim() === '' ? null : <Found search={search.trim()} onChoose={onChoose} />}
    </div>
  );
};

interface FoundProps {
  readonly search: string;
  readonly onChoose: (address: string) => void;
}

const Found = ({ search, onChoose }: FoundProps) => {
  const [profiles, retry] = useQuery('people.search', { search });
  return (
    <AsyncView state={profiles} onRetry={retry} rows={2}>
      {(found) =>
        found.length === 0 ? (
          <p className={styles.none}>Nobody on this grid calls themselves that.</p>
        ) : (
          <ul className={styles.list}>
            {found.slice(0, 8).map((profile) => (
              <li key={profile.address} className={styles.one}>
                <KeyMark address={profile.address} size={24} isUnknown />
                <span className={styles.claim}>
                  calls itself “<PeerName text={profile.name} />”
                </span>
                <Address value={profile.address} canCopy={false} />
                <Button size="small" onPress={() => onChoose(profile.address)} label={`Choose ${profile.address}`}>
                  Choose
                </Button>
              </li>
            ))}
          </ul>
        )
      }
    </AsyncView>
  );
};
