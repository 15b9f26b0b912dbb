// Times as people read them: near ones relative, exact ones in local time. The caller brings the clock; nothing here reads it.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const many = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;

/** A span in its largest sensible unit: "3 days", "40 seconds". Rounds down, so that a deadline is never shown as later. */
export const formatSpan = (spanMs: number): string => {
  const span = Math.abs(spanMs);
  if (span < MINUTE) return many(Math.floor(span / SECOND), 'second');
  if (span < HOUR) return many(Math.floor(span / MINUTE), 'minute');
  if (span < 2 * DAY) return many(Math.floor(span / HOUR), 'hour');
  if (span < 60 * DAY) return many(Math.floor(span / DAY), 'day');
  if (span < 730 * DAY) return many(Math.floor(span / (30 * DAY)), 'month');
  return many(Math.floor(span / (365 * DAY)), 'year');
};

/** "in 3 days", "2 minutes ago", "just now". */
export const formatRelative = (timeMs: number, nowMs: number): string => {
  const span = timeMs - nowMs;
  if (Math.abs(span) < 5 * SECOND) return 'just now';
  return span > 0 ? `in ${formatSpan(span)}` : `${formatSpan(span)} ago`;
};

const exact = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** "3 May 2027, 14:05:09", in the time zone of this machine. */
export const formatExactTime = (timeMs: number): string => exact.format(timeMs);

/** "14:05". */
export const formatClock = (timeMs: number): string => clock.format(timeMs);

/** "3 May 2027". */
export const formatDate = (timeMs: number): string => date.format(timeMs);

/** How long until {@link formatRelative} may read differently, in ms; a view waits that long before it looks again. */
export const nextChangeMs = (timeMs: number, nowMs: number): number => {
  const span = Math.abs(timeMs - nowMs);
  if (span < MINUTE) return SECOND;
  return span < HOUR ? 15 * SECOND : MINUTE;
};
