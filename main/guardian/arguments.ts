/** The command line of `threebot guardian`: the options that its parts share, and how each is read. */
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { keyOf, type PublicKey } from '../../core/keys.ts';
import { parseTft } from '../../core/money.ts';
import { defaultProfile, readPassphrase } from '../options.ts';

/** What was typed after the name of the part. */
export type GuardianArguments = {
  readonly profile: string;
  /** From a descriptor, read once; undefined: none was given. */
  readonly passphrase: string | undefined;
  readonly files: readonly string[];
  text(name: TextOption): string | undefined;
  /** Throws RangeError when it was not given. */
  needed(name: TextOption): string;
  all(name: ListOption): readonly string[];
  has(name: Flag): boolean;
  readonly isJson: boolean;
};

const textOptions = ['name', 'route', 'words-file', 'restore', 'genesis', 'join', 'nats-server', 'out'] as const;
const listOptions = ['card', 'allocate', 'add', 'remove', 'replace', 'set', 'bootstrap'] as const;
const flags = ['no-lan'] as const;
type TextOption = (typeof textOptions)[number];
type ListOption = (typeof listOptions)[number];
type Flag = (typeof flags)[number];
type Option = TextOption | ListOption | Flag;

/** Throws TypeError or RangeError with a sentence for the person. */
export function readArguments(args: readonly string[], allowed: readonly Option[]): GuardianArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      profile: { type: 'string' },
      'passphrase-fd': { type: 'string' },
      json: { type: 'boolean' },
      ...Object.fromEntries(textOptions.map((name) => [name, { type: 'string' as const }])),
      ...Object.fromEntries(flags.map((name) => [name, { type: 'boolean' as const }])),
      ...Object.fromEntries(listOptions.map((name) => [name, { type: 'string' as const, multiple: true }])),
    },
  });
  const given: Readonly<Record<string, unknown>> = values;
  const always = ['profile', 'passphrase-fd', 'json'];
  const stranger = Object.keys(given).find((name) => !always.includes(name) && !allowed.some((each) => each === name));
  if (stranger !== undefined) throw new RangeError(`--${stranger} has no meaning here`);
  const text = (name: TextOption): string | undefined => {
    const value = given[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    profile: resolve(values.profile ?? defaultProfile(process.platform, process.env, homedir())),
    passphrase: values['passphrase-fd'] === undefined ? undefined : readPassphrase(descriptor(values['passphrase-fd'])),
    files: positionals,
    text,
    needed(name) {
      const value = text(name);
      if (value === undefined) throw new RangeError(`--${name}=… is needed`);
      return value;
    },
    all(name) {
      const value = given[name];
      return Array.isArray(value) ? value.map(String) : [];
    },
    has: (name) => given[name] === true,
    isJson: values.json === true,
  };
}

function descriptor(value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new RangeError(`--passphrase-fd is a number, not ${value}`);
  return Number(value);
}

/** `ADDRESS:TFT`. Throws `key/bad-address`, `money/bad-amount`. */
export function allocationOf(value: string): { readonly to: PublicKey; readonly amountStroops: bigint } {
  const colon = value.indexOf(':');
  if (colon < 0) throw new RangeError(`--allocate is ADDRESS:TFT, not ${value}`);
  return { to: keyOf(value.slice(0, colon)), amountStroops: parseTft(value.slice(colon + 1)) };
}
