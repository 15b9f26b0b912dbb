// The story of a grid on many machines: guardians, cut links, a dead guardian, liars, and nothing ever lost.

import type { Teller } from '../teller.ts';
import { foundGrid, joinAll } from './found.ts';
import { catchLiars } from './liar.ts';
import { cutOne, cutTwo } from './links.ts';
import { joinLate } from './newcomer.ts';
import { compareAll, verifyOffline } from './proof.ts';
import { measureFinality, recordMany } from './records.ts';
import { replaceGuardian } from './replace.ts';
import { GridScene } from './scene.ts';

/** Needs root: hosts are network namespaces. */
export function gridStory(folder: string, recordCount: number, say: (line: string) => void): Teller {
  const scene = new GridScene(folder, recordCount, say);
  let unexplained = 'unknown';
  let isIdentical = false;
  const steps = [
    { title: 'Four guardians on four machines found a grid', run: foundGrid },
    { title: 'Twenty members join by one short code', run: joinAll },
    { title: 'One payment after the other', run: measureFinality },
    { title: 'Many records at once', run: recordMany },
    { title: 'A guardian is cut off, another hears nobody', run: cutOne },
    { title: 'Too many are away', run: cutTwo },
    { title: 'A guardian dies and is replaced', run: replaceGuardian },
    { title: 'A newcomer joins a long history', run: joinLate },
    { title: 'A receipt is verified offline', run: verifyOffline },
    { title: 'Lying guardians are caught', run: catchLiars },
    {
      title: 'All replicas are one',
      async run(at: GridScene) {
        const told = await compareAll(at);
        isIdentical = true;
        unexplained = String(told.unexplained);
        return told;
      },
    },
  ];
  return {
    steps: steps.map(({ title, run }) => ({ title, run: () => run(scene) })),
    stop: () => scene.stop(),
    summary: () => `replicas ${isIdentical ? 'identical' : 'not compared'}, unexplained ${unexplained}`,
    isGood: () => isIdentical && unexplained === '0',
  };
}
