/** The owner's own names for keys. Names by others (profiles) never come in here by themselves. */
import { join } from 'node:path';
import * as v from 'valibot';
import { type ContactView, contactView } from '../../core/ipc/views.ts';
import { createTurns } from '../in-turn.ts';
import { openStateFile, type StateFile } from '../state-file.ts';

const schema = v.pipe(v.array(contactView), v.maxLength(10_000));

export class Contacts {
  readonly #file: StateFile<readonly ContactView[]>;
  readonly #inTurn = createTurns();
  #names: ReadonlyMap<string, string>;

  private constructor(file: StateFile<readonly ContactView[]>) {
    this.#file = file;
    this.#names = namesOf(file.value);
  }

  /** Reads `contacts.json` of a profile. */
  static async open(folder: string, now: () => number, onDamaged: (path: string) => void): Promise<Contacts> {
    const path = join(folder, 'contacts.json');
    return new Contacts(await openStateFile({ path, version: 1, schema, initial: [], now, onDamaged }));
  }

  /** In the order of their names. */
  all(): ContactView[] {
    return [...this.#file.value].sort((a, b) => a.name.localeCompare(b.name));
  }

  /** The owner's name for an address. */
  readonly nameOf = (address: string): string | undefined => this.#names.get(address);

  /** Adds a contact, or renames the one with this address. */
  save(contact: ContactView): Promise<void> {
    return this.#change((contacts) => [...contacts.filter(({ address }) => address !== contact.address), contact]);
  }

  remove(address: string): Promise<void> {
    return this.#change((contacts) => contacts.filter((contact) => contact.address !== address));
  }

  #change(change: (contacts: readonly ContactView[]) => readonly ContactView[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#file.save(change(this.#file.value));
      this.#names = namesOf(this.#file.value);
    });
  }
}

const namesOf = (contacts: readonly ContactView[]): ReadonlyMap<string, string> =>
  new Map(contacts.map(({ address, name }) => [address, name]));
