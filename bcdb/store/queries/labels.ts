/**
 * Numbers for texts in order: of two texts the later one has the higher label, and a new text gets a label between its
 * neighbours', so that those of the others stay. That makes names sortable as numbers. When there is no room between two
 * neighbours, all labels are given out anew and `generation` moves.
 */

const spacing = 2 ** 30;

export class Labels {
  readonly #texts: string[] = [];
  readonly #labels: number[] = [];
  generation = 0;

  /** The label of a text, a new one if need be. */
  of(text: string): number {
    const at = this.#placeOf(text);
    if (this.#texts[at] === text) return this.#labels[at] ?? 0;
    this.#texts.splice(at, 0, text);
    const before = this.#labels[at - 1] ?? 0;
    const label = at === this.#labels.length ? before + spacing : Math.floor((before + (this.#labels[at] ?? 0)) / 2);
    this.#labels.splice(at, 0, label);
    if (label > before) return label;
    this.generation += 1;
    for (let each = 0; each < this.#labels.length; each++) this.#labels[each] = (each + 1) * spacing;
    return this.#labels[at] ?? 0;
  }

  /** Many texts at once, for the start: cheaper than one by one. */
  addAll(texts: Iterable<string>): void {
    const all = [...new Set([...this.#texts, ...texts])].sort();
    this.#texts.length = 0;
    for (const text of all) this.#texts.push(text);
    this.#labels.length = 0;
    for (let at = 0; at < all.length; at++) this.#labels.push((at + 1) * spacing);
    this.generation += 1;
  }

  /** Where a text stands among the labels, whether it has one or not: the lowest label that is not before it. */
  from(text: string): { readonly label: number; readonly isExact: boolean } {
    const at = this.#placeOf(text);
    const label = this.#labels[at] ?? (this.#labels.at(-1) ?? 0) + spacing;
    return { label, isExact: this.#texts[at] === text };
  }

  /** Place of the first text that is not before `text`. */
  #placeOf(text: string): number {
    let low = 0;
    let high = this.#texts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#texts[middle] ?? '') < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
