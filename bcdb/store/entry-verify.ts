/** A verifying thread: judges what is on the board, sleeps until there is more, ends when told. */
import { workerData } from 'node:worker_threads';
import { verifySodium } from '../verify.ts';
import { VerifyBoard } from './verify-board.ts';

new VerifyBoard(workerData).serve(verifySodium);
