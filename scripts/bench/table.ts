// All benches, in the order in which they run and stand in docs/PERFORMANCE.md.

import { bcdb } from './bcdb/bench.ts';
import { capacity } from './capacity.ts';
import type { Bench } from './figure.ts';
import { finality } from './finality.ts';
import { ledger } from './ledger.ts';
import { open } from './open.ts';
import { start } from './start.ts';
import { ui } from './ui.ts';
import { workload } from './workload.ts';

export const benches: readonly Bench[] = [ledger, bcdb, capacity, open, finality, workload, start, ui];
