// How often a test of faults repeats itself: a few times in every test run, long in `npm run chaos`. THREEBOT_ROUNDS sets another
// number for all, to look at one thing again and again.

const set = Number(process.env['THREEBOT_ROUNDS'] ?? 0);

/** `short` rounds in `npm test`, `long` ones in `npm run chaos`. */
export const rounds = (short: number, long: number): number =>
  set > 0 ? set : process.env['THREEBOT_CHAOS'] === '1' ? long : short;
