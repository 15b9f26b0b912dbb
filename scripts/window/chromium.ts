// Starts the system's Chromium for windows that a program looks at: quiet, without a profile of its own, and unable to reach
// anything but this machine. Opens no page.

import { type Browser, chromium } from 'playwright';

/** Where Debian puts it; scripts/machine.mjs installs it. */
const chromiumPath = '/usr/bin/chromium';

/** A browser without a screen. Close it when done: it ends the process. */
export function launchChromium(): Promise<Browser> {
  // Chromium refuses its sandbox to root.
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: chromiumPath,
    chromiumSandbox: !isRoot,
    args: [
      '--disable-quic',
      '--font-render-hinting=none',
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
      ...(isRoot ? ['--no-sandbox'] : []),
    ],
  });
}
