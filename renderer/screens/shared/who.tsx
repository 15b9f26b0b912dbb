// People as this app knows them: my own name for a key, or its short address. Claims by others are never used as names here.
import { valueIn } from '../../lib/async-state.ts';
import { useQuery } from '../../stores/context.tsx';
import { Person } from '../../ui/address.tsx';

/** My name for an address, "You" for my own; undefined when it is unknown to me. */
export const useNames = (): ((address: string) => string | undefined) => {
  const [contacts] = useQuery('people.contacts', null);
  const me = useMyAddress();
  const known = valueIn(contacts) ?? [];
  return (address) => (address === me ? 'You' : known.find((contact) => contact.address === address)?.name);
};

/** My own address, as soon as it is known. */
export const useMyAddress = (): string | null => {
  const [identity] = useQuery('identity.state', null);
  return valueIn(identity)?.address ?? null;
};

interface WhoProps {
  readonly address: string;
  readonly size?: 16 | 20 | 24 | 32;
}

/** Mark and name of an address. */
export const Who = ({ address, size = 20 }: WhoProps) => {
  const nameOf = useNames();
  return <Person address={address} name={nameOf(address)} size={size} />;
};
