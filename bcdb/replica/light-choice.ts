/** When a replica begins with a snapshot, and whether it keeps the whole history afterwards. Pure. */

/** Below this many records, executing them all takes no longer than a snapshot. */
const fewRecords = 5000;
/** What a record takes on an archive's disk, generously. */
const bytesPerRecord = 3000;
/** An archive may take this share of what is free; twice, while it is verified beside the snapshot. */
const shareOfFree = 4;

/** What an archive of so many records takes on disk, estimated on the large side. */
export const archiveBytes = (recordCount: number): number => recordCount * bytesPerRecord;

export const isWorthASnapshot = (recordCount: number): boolean => recordCount >= fewRecords;

/** `wanted`: what the user said; else an archive where there is ample room for it. */
export function whatToKeep(
  wanted: 'light' | 'archive' | undefined,
  { recordCount, freeBytes }: { readonly recordCount: number; readonly freeBytes: number },
): 'light' | 'archive' {
  if (wanted !== undefined) return wanted;
  return archiveBytes(recordCount) * shareOfFree <= freeBytes ? 'archive' : 'light';
}
