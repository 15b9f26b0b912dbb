/** Picks the command that installs a program on this very system. Pure. */

/** Commands by system: `linux` by the names of /etc/os-release (`ID`, `ID_LIKE`). */
export type InstallCommands = {
  readonly darwin: string;
  readonly win32: string;
  readonly linux: Readonly<Record<string, string>>;
  /** For any other system. */
  readonly other: string;
};

/** The exact command, from the text of /etc/os-release (empty on other systems). */
export function chooseInstallCommand(commands: InstallCommands, osRelease: string, platform: string): string {
  if (platform === 'darwin') return commands.darwin;
  if (platform === 'win32') return commands.win32;
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap((match) => (match[1] ?? '').split(' '));
  for (const id of ids) {
    const command = commands.linux[id];
    if (command !== undefined) return command;
  }
  return commands.other;
}
