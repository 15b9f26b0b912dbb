// Signs one share of the payments into a file. Arguments: the file, how many payments there are, which share, of how many.

import { writeFrames } from './framed-file.ts';
import { isInShare, payers, paymentAt } from './transfers.ts';

const [path = '', count, share, shares] = process.argv.slice(2);
const { people, founding } = payers();
const mine = { share: Number(share), shares: Number(shares) };
const file = writeFrames(path);
for (let index = 0; index < Number(count); index++) {
  if (!isInShare(index, mine)) continue;
  const { author, to, ...paid } = paymentAt(index);
  const [from, receiver] = [people[author], people[to]];
  if (from === undefined || receiver === undefined) throw new Error('nobody');
  file.write(from.write(founding.grid, 'transfer', { to: receiver.key, ...paid }).bytes);
}
file.close();
