// My own names for keys. They live on this computer only and are never taken from peers.
import { Pencil, Trash2, UserPlus, Users } from 'lucide-react';
import { useState } from 'react';
import type { ContactView } from '../../../core/ipc/views.ts';
import { isAddressShaped } from '../../lib/address.ts';
import { useAction, useQuery, useStores } from '../../stores/context.tsx';
import { Address, Person } from '../../ui/address.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Disclosure, Panel } from '../../ui/layout.tsx';
import { EmptyState, InlineError } from '../../ui/state-view.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import { FindPerson } from '../shared/find-person.tsx';
import { useAct } from '../shared/use-act.ts';
import styles from './settings.module.css';

const blank: ContactView = { address: '', name: '' };

/** The list and its editor. */
export const Contacts = () => {
  const { bridge } = useStores();
  const act = useAct();
  const [contacts, retry] = useQuery('people.contacts', null);
  const [edited, setEdited] = useState<ContactView | null>(null);
  return (
    <Panel
      title="Contacts"
      actions={
        <Button size="small" icon={<UserPlus />} onPress={() => setEdited(blank)}>
          Add contact
        </Button>
      }
    >
      <AsyncView state={contacts} onRetry={retry}>
        {(all) =>
          all.length === 0 ? (
            <EmptyState icon={<Users />} title="No contacts yet">
              Give people’s keys names of your own, so that you know whom you deal with.
            </EmptyState>
          ) : (
            <ul aria-label="Contacts">
              {all.map((contact) => (
                <li key={contact.address} className={styles.contact}>
                  <span className={styles.contactWho}>
                    <Person address={contact.address} name={contact.name} size={24} />
                  </span>
                  <Address value={contact.address} />
                  <IconButton label={`Rename ${contact.name}`} icon={<Pencil />} onPress={() => setEdited(contact)} />
                  <IconButton
                    label={`Remove ${contact.name}`}
                    icon={<Trash2 />}
                    onPress={() => act(() => bridge.call('people.removeContact', { address: contact.address }))}
                  />
                </li>
              ))}
            </ul>
          )
        }
      </AsyncView>
      {edited === null ? null : <Editor contact={edited} onClose={() => setEdited(null)} />}
    </Panel>
  );
};

const Editor = ({ contact, onClose }: { readonly contact: ContactView; readonly onClose: () => void }) => {
  const { bridge } = useStores();
  const [name, setName] = useState(contact.name);
  const [address, setAddress] = useState(contact.address);
  const { state, isPending, run } = useAction<void>();
  const save = (): void =>
    run(async () => {
      await bridge.call('people.saveContact', { name: name.trim(), address: address.trim() });
      onClose();
    });
  return (
    <Dialog
      title={contact.address === '' ? 'Add contact' : 'Rename contact'}
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button
            kind="primary"
            onPress={save}
            isPending={isPending}
            isDisabled={name.trim() === '' || !isAddressShaped(address.trim())}
          >
            Save contact
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <TextField label="Name" value={name} onChange={setName} maxLength={40} autoFocus hint="Only you see it" />
        <TextField
          label="Address"
          value={address}
          onChange={setAddress}
          isMono
          isReadOnly={contact.address !== ''}
          maxLength={80}
          placeholder="G…"
        />
        {contact.address === '' ? (
          <Disclosure title="Find someone on the grid">
            <FindPerson onChoose={setAddress} />
          </Disclosure>
        ) : null}
        {state.kind === 'failed' ? <InlineError failure={state.failure} /> : null}
      </div>
    </Dialog>
  );
};
