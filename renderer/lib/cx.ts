// Joins class names. Nothing else.

/** The given class names that are there, joined by a space. */
export const cx = (...names: readonly (string | false | null | undefined)[]): string => names.filter(Boolean).join(' ');
