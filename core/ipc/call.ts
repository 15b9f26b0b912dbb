/** How one call and one event of the IPC contract look as values, and the types that derive from them. Pure. */
import type * as v from 'valibot';

/** A call: both doors parse with these schemas at run time. */
export type Call<I extends v.GenericSchema = v.GenericSchema, O extends v.GenericSchema = v.GenericSchema> = {
  readonly input: I;
  readonly output: O;
};

export const call = <I extends v.GenericSchema, O extends v.GenericSchema>(input: I, output: O): Call<I, O> => ({
  input,
  output,
});

/** Calls by topic and name; the channel of a call is `topic.name`. */
export type Topics = Readonly<Record<string, Readonly<Record<string, Call>>>>;

/** All channels of a contract. */
export type ChannelOf<T extends Topics> = {
  [K in keyof T & string]: { [N in keyof T[K] & string]: `${K}.${N}` }[keyof T[K] & string];
}[keyof T & string];

/** The call that a channel names. */
export type CallOf<T extends Topics, C extends string> = C extends `${infer K}.${infer N}`
  ? K extends keyof T
    ? N extends keyof T[K]
      ? T[K][N]
      : never
    : never
  : never;

export type InputOf<C> = C extends Call<infer I, v.GenericSchema> ? v.InferInput<I> : never;
export type ParsedInputOf<C> = C extends Call<infer I, v.GenericSchema> ? v.InferOutput<I> : never;
export type OutputOf<C> = C extends Call<v.GenericSchema, infer O> ? v.InferOutput<O> : never;

/** Every channel name of a contract, in its order. */
export const channelsOf = (topics: Topics): readonly string[] =>
  Object.entries(topics).flatMap(([topic, calls]) => Object.keys(calls).map((name) => `${topic}.${name}`));
