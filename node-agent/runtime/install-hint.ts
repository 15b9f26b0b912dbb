// Says how to get a container engine on this very system. Pure.

/** The exact command that installs podman, from the text of /etc/os-release (empty on other systems). */
export function installCommand(osRelease: string, platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'brew install podman && podman machine init && podman machine start';
  if (platform === 'win32') return 'winget install RedHat.Podman && podman machine init && podman machine start';
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap((match) => (match[1] ?? '').split(' '));
  for (const id of ids) {
    const command = commands[id];
    if (command !== undefined) return command;
  }
  return 'install podman with the package manager of this system';
}

const apt =
  'sudo apt-get install --no-install-recommends podman runc crun netavark aardvark-dns slirp4netns passt uidmap catatonit';
const dnf = 'sudo dnf install podman';
const zypper = 'sudo zypper install podman';

const commands: Readonly<Record<string, string>> = {
  debian: apt,
  ubuntu: 'sudo apt-get install podman',
  fedora: dnf,
  rhel: dnf,
  centos: dnf,
  arch: 'sudo pacman -S podman crun',
  alpine: 'sudo apk add podman',
  suse: zypper,
  opensuse: zypper,
};
