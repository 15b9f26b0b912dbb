// What the machine's short words about contracts, workloads, packets and histories mean to a person. A word that this version does not
// know is shown as it is.
import { isErrorCode } from '../../core/errors.ts';
import type { PacketView } from '../../core/ipc/views.ts';
import type { ContractState, HistoryView, LedgerView, WorkloadView } from '../../core/views.ts';
import type { Tone } from '../ui/status.tsx';
import { sentenceFor } from '../words.ts';
import { formatAmount } from './amount.ts';
import { shortenMiddle } from './middle.ts';

/** A state as a tone and a word. */
export interface StateWords {
  readonly tone: Tone;
  readonly text: string;
}

/** States of a recorded contract. */
export const contractStateWords = {
  deploying: { tone: 'info', text: 'Deploying' },
  running: { tone: 'ok', text: 'Running' },
  ending: { tone: 'caution', text: 'Ending' },
  ended: { tone: 'quiet', text: 'Ended' },
  failed: { tone: 'danger', text: 'Failed' },
} as const satisfies Record<ContractState, StateWords>;

/** States of a workload. */
export const workloadStateWords = {
  waiting: { tone: 'pending', text: 'Waiting' },
  ok: { tone: 'ok', text: 'Running' },
  error: { tone: 'danger', text: 'Error' },
  paused: { tone: 'caution', text: 'Paused' },
  deleted: { tone: 'quiet', text: 'Deleted' },
} as const satisfies Record<WorkloadView['state'], StateWords>;

/** States of a packet that collects signatures. */
export const packetStateWords = {
  draft: { tone: 'pending', text: 'Draft' },
  signing: { tone: 'info', text: 'Collecting signatures' },
  ready: { tone: 'ok', text: 'Fully signed' },
  recording: { tone: 'pending', text: 'Being recorded' },
  recorded: { tone: 'ok', text: 'Recorded' },
  declined: { tone: 'danger', text: 'Declined' },
  expired: { tone: 'quiet', text: 'Expired' },
} as const satisfies Record<PacketView['state'], StateWords>;

const reasons: Readonly<Record<string, string>> = {
  recorded: 'It was recorded and the price is locked.',
  deployed: 'All workloads run.',
  'deleted-by-quorum': 'Those who may end it signed to end it.',
  'term-over': 'The paid time is over.',
  'deploy-deadline': 'The node did not start it in time. The money went back.',
  'workload-error': 'A workload could not run. What was not earned went back.',
  'workload-paused': 'A workload was paused. What was not earned went back.',
  'workload-deleted': 'The node removed a workload. What was not earned went back.',
  'nothing-running': 'No workload was running any more.',
};

/** Why something is as it is: a code's sentence, a known word's meaning, or the word itself. */
export const reasonText = (reason: string): string =>
  isErrorCode(reason) ? sentenceFor(reason) : (reasons[reason] ?? reason.replaceAll('-', ' '));

const steps: Readonly<Record<string, StateWords>> = {
  recorded: { tone: 'info', text: 'Recorded, price locked' },
  running: { tone: 'ok', text: 'Running' },
  'workload-ok': { tone: 'ok', text: 'Workload runs' },
  'workload-error': { tone: 'danger', text: 'Workload failed' },
  'workload-paused': { tone: 'caution', text: 'Workload paused' },
  'workload-deleted': { tone: 'quiet', text: 'Workload removed' },
  'topped-up': { tone: 'info', text: 'Topped up' },
  settled: { tone: 'ok', text: 'Paid to the farmer' },
  cancelled: { tone: 'caution', text: 'Cancelled by those who may' },
  refunded: { tone: 'info', text: 'Rest refunded' },
  failed: { tone: 'danger', text: 'Failed' },
  ended: { tone: 'quiet', text: 'Ended' },
  joined: { tone: 'info', text: 'Joined the farm' },
  changed: { tone: 'info', text: 'Changed' },
  registered: { tone: 'info', text: 'Registered' },
  uptime: { tone: 'ok', text: 'Reported in' },
  up: { tone: 'ok', text: 'Up' },
  down: { tone: 'danger', text: 'Down' },
  rewarded: { tone: 'ok', text: 'Rewarded' },
  'not-rewarded': { tone: 'caution', text: 'Not rewarded for this period' },
};

const inStroops = new Set(['recorded', 'topped-up', 'settled', 'refunded', 'rewarded']);

/** One step of a history: tone, words, and the detail in words (amounts as TFT, reasons as sentences). */
export const stepWords = (
  step: Pick<HistoryView, 'what' | 'detail'>,
): StateWords & { readonly detail: string | null } => {
  const words = steps[step.what] ?? { tone: 'info', text: step.what.replaceAll('-', ' ') };
  const { detail } = step;
  if (detail === null || step.what === 'uptime') return { ...words, detail: null };
  if (/^[0-9a-f]{64}$/.test(detail)) return { ...words, detail: shortenMiddle(detail) };
  if (inStroops.has(step.what) && /^-?\d+$/.test(detail))
    return { ...words, detail: `${formatAmount(BigInt(detail))} TFT` };
  const [, workload, code] = /^([a-z0-9-]+): (\S+)$/.exec(detail) ?? [];
  if (workload !== undefined && isErrorCode(code)) return { ...words, detail: `${workload}: ${sentenceFor(code)}` };
  return { ...words, detail: isErrorCode(detail) || reasons[detail] !== undefined ? reasonText(detail) : detail };
};

/** Why a balance changed. */
export const ledgerReasonText = {
  genesis: 'From the grid’s beginning',
  transfer: 'Transfer',
  lock: 'Locked for a contract',
  topup: 'Topped up a contract',
  earning: 'Earned by a workload',
  refund: 'Refund of a contract',
  mint: 'Farming reward',
} as const satisfies Record<LedgerView['reason'], string>;
