// Long keys and hashes, shortened in the middle for reading. The full value always stays at hand beside it.

/** "GBOVQK…RTAC47": the first and last `keep` characters. Short text stays whole. */
export const shortenMiddle = (text: string, keep = 6): string =>
  text.length <= keep * 2 + 1 ? text : `${text.slice(0, keep)}…${text.slice(-keep)}`;
