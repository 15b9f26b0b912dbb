/**
 * What ties a profile to this machine and this user, so that a copied profile does not open elsewhere.
 * It is a name, not a secret: it hinders carelessness, while the keychain and the passphrase hinder thieves.
 */
import { execFile } from 'node:child_process';
import { homedir, userInfo } from 'node:os';
import { promisify } from 'node:util';
import { readTextIfThere } from '../durable-file.ts';

const run = promisify(execFile);

async function machineId(): Promise<string> {
  if (process.platform === 'darwin') {
    const { stdout } = await run('/usr/sbin/ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']);
    return /"IOPlatformUUID" = "([^"]+)"/.exec(stdout)?.[1] ?? '';
  }
  if (process.platform === 'win32') {
    const { stdout } = await run('reg', ['query', 'HKLM\\SOFTWARE\\Microsoft\\Cryptography', '/v', 'MachineGuid']);
    return /MachineGuid\s+REG_SZ\s+(\S+)/.exec(stdout)?.[1] ?? '';
  }
  const id = (await readTextIfThere('/etc/machine-id')) ?? (await readTextIfThere('/var/lib/dbus/machine-id'));
  return id?.trim() ?? '';
}

/** One line that is the same for this user on this machine, always, and differs elsewhere. */
export async function readMachineBinding(): Promise<string> {
  const user = userInfo();
  // Without a machine id (a bare container) the home folder is all that there is.
  return [process.platform, await machineId(), user.uid === -1 ? user.username : user.uid, homedir()].join('|');
}
