// Which part of the app a person sees: the threshold while there is no unlocked identity or no grid, else the frame with the open screen.

import { Threshold } from './frame/frame.tsx';
import { ReviewProvider } from './frame/review.tsx';
import { Workspace } from './frame/workspace.tsx';
import { valueIn } from './lib/async-state.ts';
import { FirstRun } from './screens/first-run/first-run.tsx';
import { JoinGrid } from './screens/first-run/join-grid.tsx';
import { Repair } from './screens/first-run/repair.tsx';
import { Unlock } from './screens/unlock/unlock.tsx';
import { useQuery } from './stores/context.tsx';
import { useTheme } from './stores/theme.ts';
import { ErrorState, Skeleton } from './ui/state-view.tsx';

/** The whole window. */
export const App = () => {
  const [identity, askIdentity] = useQuery('identity.state', null);
  const [replica, askGrid] = useQuery('grid.state', null);
  const [settings] = useQuery('app.settings', null);
  useTheme(valueIn(settings)?.theme ?? 'system');
  if (identity.kind === 'failed' || replica.kind === 'failed') {
    const failure = identity.kind === 'failed' ? identity.failure : replica.kind === 'failed' ? replica.failure : null;
    return failure === null ? null : (
      <Threshold>
        <ErrorState
          failure={failure}
          onRetry={() => {
            askIdentity();
            askGrid();
          }}
        />
      </Threshold>
    );
  }
  if (identity.kind !== 'ready' || replica.kind !== 'ready') {
    return (
      <Threshold>
        <Skeleton rows={3} label="Starting" />
      </Threshold>
    );
  }
  switch (identity.value.state) {
    case 'empty':
      return <FirstRun identity={identity.value} />;
    case 'repair':
      return <Repair identity={identity.value} />;
    case 'locked':
      return <Unlock identity={identity.value} />;
    case 'unlocked':
      return replica.value === null ? (
        <JoinGrid identity={identity.value} />
      ) : (
        <ReviewProvider>
          <Workspace identity={identity.value} replica={replica.value} />
        </ReviewProvider>
      );
  }
};
