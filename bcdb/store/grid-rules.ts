/** The rules of version 1 as the store takes them: every real replica runs these. */
import { unexplained } from '../rules/books.ts';
import { executeRecord } from '../rules/execute.ts';
import { executeGenesis } from '../rules/genesis.ts';
import { passTime } from '../rules/time.ts';
import type { Rules } from './executor.ts';

export const gridRules: Rules = { executeGenesis, executeRecord, passTime, unexplained };
