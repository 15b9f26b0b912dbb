// How much history this computer keeps, in words: what a choice means, what is here now, and what a change does and when.
import type { Settings } from '../../core/ipc/views.ts';
import type { StorageView } from '../../core/views.ts';
import { bytesText } from './capacity-words.ts';

/** What a person can choose. */
export type Keeps = Settings['keeps'];

/** The choices, the one that needs no thought first. */
export const keepsChoices = [
  { value: 'automatic', text: 'As much as fits well' },
  { value: 'archive', text: 'Everything, from the first record on' },
  { value: 'light', text: 'Only what is current' },
] as const satisfies readonly { readonly value: Keeps; readonly text: string }[];

/** "12 MB", "less than 1 MB". */
export const diskText = (bytes: number): string => (bytes < 2 ** 20 ? 'less than 1 MB' : bytesText(bytes));

/** What a choice means, whatever is here now. */
export const keepsWords = (keeps: Keeps): string => {
  switch (keeps) {
    case 'automatic':
      return 'The whole history while it takes less than a quarter of what is free on this disk, else only what is current.';
    case 'archive':
      return 'Every record of everybody. Any earlier state can be looked up here, and others can fetch the history from you.';
    case 'light':
      return 'All block headers, the state of now, and what you did yourself. Earlier states cannot be looked up here.';
  }
};

/** What is here now: "The whole history: 1,204 records". */
export const heldWords = ({ holds, recordCount }: StorageView): string =>
  holds === 'archive' ? `The whole history: ${recordCount.toLocaleString('en')} records` : 'Only what is current';

/** What a choice will do to what is here, and when. `isVerifying`: the history is on its way right now. */
export const changeWords = (keeps: Keeps, storage: StorageView | null, isVerifying: boolean): string => {
  if (storage === null) return 'It counts from the moment this computer joins a grid.';
  const { holds, mustBeArchive, archiveBytes, freeBytes } = storage;
  if (mustBeArchive) return 'This computer is a guardian, which keeps everything whatever is chosen here.';
  const wanted = keeps === 'automatic' ? storage.automatic : keeps;
  if (isVerifying) {
    return 'The history is being fetched and verified right now. A change made meanwhile counts from the next start of 3Bot.';
  }
  if (holds === wanted) return 'Nothing changes: that is what is here.';
  if (holds === 'archive') return 'The whole history is here already and stays: nothing is thrown away.';
  const room = `about ${diskText(archiveBytes)}, with ${diskText(freeBytes)} free`;
  return archiveBytes > freeBytes
    ? `There is too little room for it: the whole history takes ${room}.`
    : `When 3Bot starts next, the whole history is fetched and verified in the background: ${room}. You can go on working meanwhile.`;
};
