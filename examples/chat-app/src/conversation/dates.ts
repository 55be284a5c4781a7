const DAY_MS = 86_400_000;

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayAndYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
const short = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });

export function timeOf(ms: number): string {
  return time.format(ms);
}

export function fullDate(ms: number): string {
  return full.format(ms);
}

/** Tells calendar days apart, in the reader's own time zone. */
export function dayKey(ms: number): string {
  return new Date(ms).toDateString();
}

export function dayLabel(ms: number, now = Date.now()): string {
  const age = daysBetween(ms, now);
  if (age === 0) return 'Today';
  if (age === 1) return 'Yesterday';
  return age < 300 ? day.format(ms) : dayAndYear.format(ms);
}

/** As short as possible, for a list: the time today, the weekday this week, else the date. */
export function dayOrTime(ms: number, now = Date.now()): string {
  const age = daysBetween(ms, now);
  if (age === 0) return timeOf(ms);
  return age < 7 ? weekday.format(ms) : short.format(ms);
}

function daysBetween(ms: number, now: number): number {
  return Math.round(
    (new Date(now).setHours(12, 0, 0, 0) - new Date(ms).setHours(12, 0, 0, 0)) / DAY_MS,
  );
}
