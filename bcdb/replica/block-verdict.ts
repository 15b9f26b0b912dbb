/** What a block that the store did not take says about the feed that brought it. Pure. */
import { codeOf } from '../../core/errors.ts';
import { alarmCodes } from '../store/follower.ts';

/** `later`: nothing, the store cannot now. `refused`: it proves nothing, ask others. `stop`: it proves too much. */
export type BlockVerdict = 'later' | 'refused' | 'stop';

const laterCodes: ReadonlySet<unknown> = new Set([
  'replica/disk-full',
  'replica/closed',
  'replica/in-use',
  'replica/corrupt', // ours: no other feed brings a better one
  'ipc/internal', // a defect or the disk's trouble: no fault of the only feed that there may be
  undefined,
]);
const stopCodes: ReadonlySet<unknown> = new Set(alarmCodes);

export function blockVerdict(error: unknown): BlockVerdict {
  const code = codeOf(error);
  if (laterCodes.has(code)) return 'later';
  return stopCodes.has(code) ? 'stop' : 'refused';
}
