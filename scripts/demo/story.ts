// The story of one workload, told by four real 3bots: from 24 words to a paid, running, cancelled, proven contract.
// Each step throws when something does not hold. Nothing here is simulated but the passing of a few real seconds.

import { forgeries } from './attempts.ts';
import { earnTft, endContract, runWorkload, signContract } from './contract.ts';
import { becomeFarmer, gatherPeople, makeGrid, sendTft } from './people.ts';
import type { Scene, Told } from './scene.ts';

export type Step = { readonly title: string; readonly run: (scene: Scene) => Promise<Told> };

const refuse = async (scene: Scene): Promise<Told> => {
  const refused = await forgeries(scene);
  return {
    lines: refused.map(({ what, code }) => `${what.padEnd(62)} ${code}`),
    facts: Object.fromEntries(refused.map(({ what, code }) => [what, code])),
  };
};

export const story: readonly Step[] = [
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
