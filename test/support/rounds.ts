// How often a test of faults repeats itself: a few times in every test run, long in `npm run chaos`.

/** `short` rounds in `npm test`, `long` ones in `npm run chaos`. */
export const rounds = (short: number, long: number): number => (process.env['THREEBOT_CHAOS'] === '1' ? long : short);
