// The sequencer over real nats-servers, one process for each guardian, on loopback.

import { describe } from 'vitest';
import { needs } from '../support/needs.ts';
import { sequencerContract } from '../support/sequencer-contract.ts';
import { createTestSequencers } from '../support/sequencers.ts';

needs('nats')('a sequencer of nats-servers', () => {
  describe.each([1, 3, 4, 5])('with %i of them', (count) => {
    sequencerContract(async () => {
      const scene = await createTestSequencers(count);
      const places = Array.from({ length: count }, (_, place) => place);
      return { hosts: places.map((place) => scene.host(place)), peers: scene.peers(...places), end: scene.end };
    });
  });
});
