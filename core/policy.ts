/** A grid's policy: prices, rewards and limits as versioned data in the records, never constants in the rules. */
import * as v from 'valibot';
import { integer, stroops } from './schema.ts';

/** The longest time that a policy may name, about 317 years: times stay safe integers in every sum. */
const longestMs = 10_000_000_000_000;

export const policySchema = v.strictObject({
  version: integer(1),
  /** What farmers are rewarded for capacity that was up; in millionths of a USD per unit and month of 720 hours. */
  rewards: v.strictObject({
    periodMs: integer(1000, longestMs),
    cuMonthMicroUsd: stroops,
    suMonthMicroUsd: stroops,
    /** Price of one TFT at connection, in millionths of a USD. */
    tftMicroUsd: v.pipe(stroops, v.minValue(1n)),
    /** Share of a period, in thousandths, that a node must have been up to be rewarded at all. */
    minUptimePermille: integer(0, 1000),
  }),
  /** A node counts as up for this long after each of its records. */
  uptimeGraceMs: integer(1000, longestMs),
  contracts: v.strictObject({
    /** How often what a workload earned is paid out while it runs. */
    settleMs: integer(1000, longestMs),
    maxTermSeconds: integer(1, longestMs / 1000),
    /** Of what consumers pay, this many thousandths are burned and the rest goes to the farmer. */
    burnPermille: integer(0, 1000),
  }),
  limits: v.strictObject({
    /** One record must fit into one question to a guardian (bcdb/replica/methods). */
    recordBytes: integer(1024, 524_288),
    memoBytes: integer(0, 1024),
    workloadsPerContract: integer(1, 1000),
    signersPerQuorum: integer(1, 10_000),
    /** That hold capacity on one node at the same time: what each record of a node, and its going down, may cost. */
    contractsPerNode: integer(1, 10_000),
    recordsPerBlock: integer(1, 100_000),
  }),
});

export type Policy = v.InferOutput<typeof policySchema>;

/** What a new grid starts with (design 6); its creator may change every figure. */
export const defaultPolicy: Policy = {
  version: 1,
  rewards: {
    periodMs: 24 * 3600 * 1000,
    cuMonthMicroUsd: 2_400_000n,
    suMonthMicroUsd: 1_000_000n,
    tftMicroUsd: 80_000n,
    minUptimePermille: 950,
  },
  uptimeGraceMs: 5 * 60 * 1000,
  contracts: { settleMs: 3600 * 1000, maxTermSeconds: 5 * 366 * 86_400, burnPermille: 0 },
  limits: {
    recordBytes: 262_144,
    memoBytes: 64,
    workloadsPerContract: 64,
    signersPerQuorum: 1000,
    contractsPerNode: 256,
    recordsPerBlock: 2000,
  },
};

/** A month of rewards and prices: 720 hours. */
export const monthMs = 720 * 3600 * 1000;
