// The screen of a route.
import type { IdentityView } from '../../core/ipc/views.ts';
import type { Route } from '../stores/router.ts';
import { Capacity } from './capacity/capacity.tsx';
import { Contracts } from './contracts/contracts.tsx';
import { Cosign } from './cosign/cosign.tsx';
import { Farm } from './farm/farm.tsx';
import { Grid } from './grid/grid.tsx';
import { Settings } from './settings/settings.tsx';
import { Wallet } from './wallet/wallet.tsx';

/** One of the rail's screens. */
export const Screen = ({ route, me }: { readonly route: Route; readonly me: IdentityView }) => {
  switch (route.screen) {
    case 'wallet':
      return <Wallet me={me} rest={route.rest} />;
    case 'capacity':
      return <Capacity rest={route.rest} />;
    case 'contracts':
      return <Contracts rest={route.rest} />;
    case 'cosign':
      return <Cosign rest={route.rest} />;
    case 'farm':
      return <Farm />;
    case 'grid':
      return <Grid />;
    case 'settings':
      return <Settings identity={me} />;
  }
};
