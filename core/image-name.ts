/** Where an image's name says that it comes from, by the rules that docker and podman share. Pure: asks no registry. */

/** The registry of a name that names none. */
const usualRegistry = 'docker.io';

const hostPattern = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9][0-9]{0,4})?$/;

/** The most registries that a farmer can allow. */
export const mostRegistries = 16;

/** An image's name with nothing left to guess: `registry` as `host[:port]`, `path` below it. */
export type ImageName = { readonly registry: string; readonly path: string };

/** True for a lower-case `host[:port]` that engines take for a registry: with a dot, a port, or `localhost`. */
export const isRegistry = (text: string): boolean =>
  hostPattern.test(text) && (/[.:]/.test(text) || text === 'localhost');

/** Reads a lower-case name as engines do: what comes before the first slash is a registry only when it looks like one. */
export function parseImageName(name: string): ImageName {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  if (/[.:]/.test(first) || first === 'localhost') return { registry: first, path: name.slice(slash + 1) };
  return { registry: usualRegistry, path: slash === -1 ? `library/${name}` : name };
}
