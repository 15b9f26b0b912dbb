// What the arguments of `npm run bench` ask for. Pure.

export type Asked =
  | { readonly do: 'list' }
  | { readonly do: 'all'; readonly isJson: boolean }
  | { readonly do: 'one'; readonly name: string; readonly isJson: boolean }
  | { readonly do: 'refuse'; readonly why: string };

export const usage = 'usage: npm run bench -- [NAME] [--json] | --list';

/** Reads `[NAME] [--json] | --list`; anything else is refused with the reason. */
export function readArguments(args: readonly string[], names: readonly string[]): Asked {
  const flags = args.filter((argument) => argument.startsWith('-'));
  const [name, ...others] = args.filter((argument) => !argument.startsWith('-'));
  const unknown = flags.find((flag) => flag !== '--json' && flag !== '--list');
  if (unknown !== undefined) return { do: 'refuse', why: `unknown option ${unknown}` };
  if (others.length > 0) return { do: 'refuse', why: 'one bench at a time, or all' };
  if (flags.includes('--list')) return { do: 'list' };
  const isJson = flags.includes('--json');
  if (name === undefined) return { do: 'all', isJson };
  if (!names.includes(name)) return { do: 'refuse', why: `no bench ${name}; there is ${names.join(', ')}` };
  return { do: 'one', name, isJson };
}
