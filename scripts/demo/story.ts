// The story of one workload, told by four real 3bots: from 24 words to a paid, running, cancelled, proven contract.
// Each step throws when something does not hold. Nothing here is simulated but the passing of a few real seconds.

import { forgeries } from './attempts.ts';
import { earnTft, endContract, runWorkload, signContract } from './contract.ts';
import { becomeFarmer, gatherPeople, makeGrid, sendTft } from './people.ts';
import { Scene } from './scene.ts';
import type { Teller, Told } from './teller.ts';

type Step = { readonly title: string; readonly run: (scene: Scene) => Promise<Told> };

const refuse = async (scene: Scene): Promise<Told> => {
  const refused = await forgeries(scene);
  return {
    lines: refused.map(({ what, code }) => `${what.padEnd(62)} ${code}`),
    facts: Object.fromEntries(refused.map(({ what, code }) => [what, code])),
  };
};

const steps: readonly Step[] = [
  { title: 'A fresh machine has no grid', run: makeGrid },
  { title: 'Four 3bots come to be', run: gatherPeople },
  { title: 'The farmer flips the switch', run: becomeFarmer },
  { title: 'The consumer sends TFT', run: sendTft },
  { title: 'A contract is composed, accepted, co-signed, recorded', run: signContract },
  { title: 'The node runs it', run: runWorkload },
  { title: 'Time passes, the farmer earns', run: earnTft },
  { title: 'The delete quorum ends it', run: endContract },
  { title: 'What must fail, fails', run: refuse },
];

/** Profiles go into `folder`, built images into `cache`. */
export function workloadStory(folder: string, cache: string): Teller {
  const scene = new Scene(folder, cache);
  let unexplained = 'unknown';
  return {
    steps: steps.map(({ title, run }) => ({ title, run: () => run(scene) })),
    async stop() {
      const guardian = scene.bots.get('consumer');
      if (guardian !== undefined) unexplained = String((await guardian.call('grid.books', {})).unexplained);
      await scene.stop();
    },
    summary: () => `unexplained ${unexplained}`,
    isGood: () => unexplained === '0',
  };
}
