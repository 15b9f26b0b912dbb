// Where the user is, kept in the address after '#', so that back, forward and reload work. Knows names of screens, not screens.
import { createStore, type StoreApi } from 'zustand/vanilla';

/** The screens of the rail, in its order. */
export const screenNames = ['wallet', 'capacity', 'contracts', 'cosign', 'farm', 'grid', 'settings'] as const;
/** One of the screens. */
export type ScreenName = (typeof screenNames)[number];

/** A screen and what is open in it, as `#/contracts/ab12…` has it. */
export interface Route {
  readonly screen: ScreenName;
  readonly rest: readonly string[];
}

const isScreen = (name: string | undefined): name is ScreenName => screenNames.some((each) => each === name);

/** Reads the part after '#'. Anything unknown is the wallet. */
export const parseHash = (hash: string): Route => {
  const [screen, ...rest] = hash
    .replace(/^#?\/?/, '')
    .split('/')
    .filter((part) => part !== '');
  if (!isScreen(screen)) return { screen: 'wallet', rest: [] };
  return { screen, rest: rest.slice(0, 4).map((part) => part.slice(0, 128)) };
};

/** The address of a route. */
export const hashOf = (screen: ScreenName, ...rest: readonly string[]): string => `#/${[screen, ...rest].join('/')}`;

/** What the router needs of the window. */
export interface AddressBar {
  readonly location: { hash: string };
  addEventListener(name: 'hashchange', listener: () => void): void;
  removeEventListener(name: 'hashchange', listener: () => void): void;
}

/** The store of the present route; `go` moves, `stop` lets go of the window. */
export interface Router {
  readonly store: StoreApi<Route>;
  readonly go: (screen: ScreenName, ...rest: readonly string[]) => void;
  readonly stop: () => void;
}

/** Follows and moves the address of `bar`. */
export const createRouter = (bar: AddressBar): Router => {
  const store = createStore<Route>(() => parseHash(bar.location.hash));
  const follow = (): void => {
    if (hashOf(store.getState().screen, ...store.getState().rest) === bar.location.hash) return;
    store.setState(parseHash(bar.location.hash), true);
  };
  bar.addEventListener('hashchange', follow);
  return {
    store,
    go: (screen, ...rest) => {
      bar.location.hash = hashOf(screen, ...rest);
      follow();
    },
    stop: () => bar.removeEventListener('hashchange', follow),
  };
};
