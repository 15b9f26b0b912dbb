// Tests that need something from the machine (a container engine, a browser, a keyring) say so here.
// A test that cannot run is skipped with a printed reason; it never passes silently.

import { writeSync } from 'node:fs';
import { describe } from 'vitest';

/** What a machine may offer; scripts/machine.mjs knows how to find and install each. */
export type Feature =
  | 'chromium'
  | 'xvfb'
  | 'podman'
  | 'busybox'
  | 'keyring'
  | 'netns'
  | 'sockets'
  | 'nats'
  | 'faketime'
  | 'strace';

/** Why a feature cannot be used here, or undefined when it can. */
const lacks = (feature: Feature): string | undefined => {
  const name = feature.toUpperCase();
  if (process.env[`THREEBOT_HAS_${name}`] === '1') return undefined;
  return process.env[`THREEBOT_LACKS_${name}`] ?? 'not looked for';
};

/**
 * `describe` for a suite that uses these features: `needs('podman', 'busybox')('runs a workload', () => …)`.
 * When one is missing, prints `SKIP <suite>: <reason>` and skips the suite.
 */
export const needs =
  (...features: readonly Feature[]) =>
  (suite: string, define: () => void): void => {
    const reasons = features.flatMap((feature) => lacks(feature) ?? []);
    if (reasons.length > 0) writeSync(1, `SKIP ${suite}: ${reasons.join('; ')}\n`);
    describe.skipIf(reasons.length > 0)(suite, define);
  };
