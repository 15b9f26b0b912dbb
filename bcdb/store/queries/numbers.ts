/** Arrays of numbers that grow, and objects of one thing for each of some names. Pure. */

/** The values of rows; the array is another one when there are more rows. */
export type Numbers = { values: Float64Array };

/** The same numbers with room for at least `size` of them. */
export function grown<A extends Float64Array | Uint32Array>(numbers: A, size: number): A {
  if (size <= numbers.length) return numbers;
  const after = new (numbers.constructor as new (length: number) => A)(size);
  after.set(numbers);
  return after;
}

export const mapOf = <N extends string, T>(names: readonly N[], of: (name: N) => T): { readonly [K in N]: T } =>
  Object.fromEntries(names.map((name) => [name, of(name)])) as { readonly [K in N]: T };
