// What the arguments of `npm run bench` ask for. Pure.

export type How = { readonly isJson: boolean; readonly isWritten: boolean; readonly records: number | undefined };

export type Asked =
  | { readonly do: 'list' }
  | { readonly do: 'all'; readonly how: How }
  | { readonly do: 'one'; readonly name: string; readonly how: How }
  | { readonly do: 'refuse'; readonly why: string };

export const usage = 'usage: npm run bench -- [NAME [--write]] [--records=N] [--json] | --list';

const recordsOption = '--records=';
const plainOptions: readonly string[] = ['--json', '--list', '--write'];

/** Reads `[NAME [--write]] [--records=N] [--json] | --list`; anything else is refused with the reason. */
export function readArguments(args: readonly string[], names: readonly string[]): Asked {
  const flags = args.filter((argument) => argument.startsWith('-'));
  const [name, ...others] = args.filter((argument) => !argument.startsWith('-'));
  const unknown = flags.find((flag) => !plainOptions.includes(flag) && !flag.startsWith(recordsOption));
  if (unknown !== undefined) return { do: 'refuse', why: `unknown option ${unknown}` };
  if (others.length > 0) return { do: 'refuse', why: 'one bench at a time, or all' };
  if (flags.includes('--list')) return { do: 'list' };
  const wanted = flags.find((flag) => flag.startsWith(recordsOption))?.slice(recordsOption.length);
  if (wanted !== undefined && !/^[1-9]\d{0,7}$/.test(wanted)) return { do: 'refuse', why: 'records: a number above 0' };
  const records = wanted === undefined ? undefined : Number(wanted);
  const how = { isJson: flags.includes('--json'), isWritten: name === undefined || flags.includes('--write'), records };
  if (name === undefined) return { do: 'all', how };
  if (!names.includes(name)) return { do: 'refuse', why: `no bench ${name}; there is ${names.join(', ')}` };
  return { do: 'one', name, how };
}
