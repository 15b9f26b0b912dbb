/**
 * One record against the rules: its body and what it does. Envelope, signature and the author's chain were judged
 * before. Deterministic: reads only the state, the record, the block's time.
 */
import { toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { type Envelope, parseBody } from '../../core/record.ts';
import type { State } from '../state.ts';
import type { Context } from './context.ts';
import { executeCancel, executeResult, executeTopup } from './contract-acts.ts';
import { executeContract } from './contract-record.ts';
import { executeFarm, executeNode, executeUptime } from './farms.ts';
import { executeEpoch, executePolicy } from './guardians.ts';
import { executeProfile, executeTransfer } from './people.ts';

/**
 * Executes a record on a state whose time has passed up to `context.timeMs`. Throws an AppError whose code is the
 * verdict; the caller then undoes what was done so far.
 */
export function executeRecord(state: State, record: Envelope, context: Context): void {
  const author = toHex(record.author);
  const parsed = parseBody(record);
  switch (parsed.kind) {
    case 'profile':
      executeProfile(state, author, parsed.body, context);
      break;
    case 'transfer':
      executeTransfer(state, author, parsed.body);
      break;
    case 'farm':
      executeFarm(state, author, toHex(record.id), parsed.body);
      break;
    case 'node':
      executeNode(state, record.author, parsed.body, context);
      break;
    case 'uptime':
      executeUptime(state, author, parsed.body, context.timeMs);
      break;
    case 'contract':
      executeContract(state, author, parsed.body, context);
      break;
    case 'topup':
      executeTopup(state, author, parsed.body, context.timeMs);
      break;
    case 'result':
      executeResult(state, author, parsed.body, context.timeMs);
      break;
    case 'cancel':
      executeCancel(state, parsed.body, context);
      break;
    case 'genesis':
      throw new AppError('grid/exists', 'a grid begins once');
    case 'policy':
      executePolicy(state, parsed.body, context);
      break;
    case 'epoch':
      executeEpoch(state, parsed.body, context);
      break;
    case 'amend':
      throw new AppError('record/kind-unsupported', parsed.kind);
    default:
      parsed satisfies never;
  }
}
