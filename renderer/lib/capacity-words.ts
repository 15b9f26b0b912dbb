// Capacity as people read it: cores, GB of 2^30 bytes, units of the field. Rounds down where it must round.
import { bytesPerGb, type Capacity } from '../../core/units.ts';

const trimmed = (value: number, decimals: number): string => {
  const factor = 10 ** decimals;
  return (Math.floor(value * factor) / factor).toLocaleString('en', { maximumFractionDigits: decimals });
};

/** "4", "0.5": cores out of thousandths. */
export const coresText = (cruMilli: number): string => trimmed(cruMilli / 1000, 2);

/** "8 GB", "512 MB", "1.5 TB". */
export const bytesText = (bytes: number): string => {
  const gb = bytes / bytesPerGb;
  if (gb === 0) return '0';
  if (gb < 1) return `${trimmed(gb * 1024, 0)} MB`;
  return gb < 1024 ? `${trimmed(gb, gb < 10 ? 1 : 0)} GB` : `${trimmed(gb / 1024, 1)} TB`;
};

/** "2.5": units out of thousandths. */
export const unitsText = (milli: bigint): string => trimmed(Number(milli) / 1000, 2);

/** "0.5 cores, 256 MB memory, 1 GB SSD". Leaves out what is zero. */
export const capacityText = (capacity: Capacity): string =>
  [
    capacity.cruMilli > 0 ? `${coresText(capacity.cruMilli)} ${capacity.cruMilli === 1000 ? 'core' : 'cores'}` : '',
    capacity.mruBytes > 0 ? `${bytesText(capacity.mruBytes)} memory` : '',
    capacity.sruBytes > 0 ? `${bytesText(capacity.sruBytes)} SSD` : '',
    capacity.hruBytes > 0 ? `${bytesText(capacity.hruBytes)} disk` : '',
  ]
    .filter((part) => part !== '')
    .join(', ') || 'nothing';
