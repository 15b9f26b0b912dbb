// Says how to get a container engine on this very system. Pure.

import { chooseInstallCommand } from '../../core/install-command.ts';

const dnf = 'sudo dnf install podman';
const zypper = 'sudo zypper install podman';

/** The exact command that installs podman, from the text of /etc/os-release (empty on other systems). */
export const installCommand = (osRelease: string, platform: NodeJS.Platform): string =>
  chooseInstallCommand(
    {
      darwin: 'brew install podman && podman machine init && podman machine start',
      win32: 'winget install RedHat.Podman && podman machine init && podman machine start',
      linux: {
        debian:
          'sudo apt-get install --no-install-recommends podman runc crun netavark aardvark-dns slirp4netns passt uidmap catatonit',
        ubuntu: 'sudo apt-get install podman',
        fedora: dnf,
        rhel: dnf,
        centos: dnf,
        arch: 'sudo pacman -S podman crun',
        alpine: 'sudo apk add podman',
        suse: zypper,
        opensuse: zypper,
      },
      other: 'install podman with the package manager of this system',
    },
    osRelease,
    platform,
  );
