/** The app's own calls: what it is, how it is set, and how safely it stands. */
import type { ipc } from '../../core/ipc/contract.ts';
import type { House } from '../house.ts';
import type { Handlers } from '../ipc/handlers.ts';
import { postureOf } from './posture.ts';

export function appHandlers(house: House): Handlers<typeof ipc>['app'] {
  return {
    info: () => ({
      version: house.version,
      host: house.host,
      profileFolder: house.folder,
      platform: `${process.platform} ${process.arch}`,
    }),
    settings: () => house.settings.value,
    async saveSettings(settings) {
      await house.settings.save(settings);
      house.changes.mark('app');
      return settings;
    },
    posture: () => postureOf(house),
  };
}
