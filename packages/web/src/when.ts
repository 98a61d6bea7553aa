import { chat } from './words.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}${JSON.stringify(options)}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(locale, options);
  formats.set(key, made);
  return made;
}

function midnight(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** Whole calendar days from `fromMs` to `toMs`, in the person's time zone; clock changes do not count as a day. */
function daysBetween(fromMs: number, toMs: number): number {
  return Math.round((midnight(toMs) - midnight(fromMs)) / 86_400_000);
}

export function sameDay(aMs: number, bMs: number): boolean {
  return daysBetween(aMs, bMs) === 0;
}

/** `14:35` or `2:35 PM`, as the person's language writes it. */
export function clockTime(ms: number, locale?: string): string {
  return format(locale, { timeStyle: 'short' }).format(ms);
}

/** `14:35:08` */
export function clockTimeExact(ms: number, locale?: string): string {
  return format(locale, { timeStyle: 'medium' }).format(ms);
}

/** The whole date and time, for whoever hovers or asks. */
export function fullTime(ms: number, locale?: string): string {
  return format(locale, { dateStyle: 'full', timeStyle: 'short' }).format(ms);
}

/** What stands between two days: `Today`, `Yesterday`, `Tuesday`, `3 March`, `3 March 2024`. */
export function dayName(ms: number, nowMs: number, locale?: string): string {
  const ago = daysBetween(ms, nowMs);
  if (ago === 0) return chat.today;
  if (ago === 1) return chat.yesterday;
  if (ago > 1 && ago < 7) return format(locale, { weekday: 'long' }).format(ms);
  if (new Date(ms).getFullYear() === new Date(nowMs).getFullYear())
    return format(locale, { day: 'numeric', month: 'long' }).format(ms);
  return format(locale, { day: 'numeric', month: 'long', year: 'numeric' }).format(ms);
}

/** `3 March 2024` */
export function shortDate(ms: number, locale?: string): string {
  return format(locale, { dateStyle: 'long' }).format(ms);
}

/** For the list of rooms: the time today, the weekday within a week, else the date. */
export function shortWhen(ms: number, nowMs: number, locale?: string): string {
  const ago = daysBetween(ms, nowMs);
  if (ago <= 0) return clockTime(ms, locale);
  if (ago < 7) return format(locale, { weekday: 'short' }).format(ms);
  return format(locale, { day: 'numeric', month: 'short' }).format(ms);
}

/** A day that was, for what is known by the day only: `today`, `yesterday`, `on Tuesday`, `on 3 March 2024`. */
export function pastDay(ms: number, nowMs: number, locale?: string): string {
  const days = daysBetween(ms, nowMs);
  if (days <= 0) return 'today';
  if (days === 1) return 'yesterday';
  return `on ${dayName(ms, nowMs, locale)}`;
}

/** A moment to come, as one says it: `today, 18:00`, `tomorrow, 18:00`, `Tuesday, 3 March, 18:00`. */
export function moment(ms: number, nowMs: number, locale?: string): string {
  const days = daysBetween(nowMs, ms);
  const time = clockTime(ms, locale);
  if (days === 0) return `today, ${time}`;
  if (days === 1) return `tomorrow, ${time}`;
  return `${format(locale, { weekday: 'long', day: 'numeric', month: 'long' }).format(ms)}, ${time}`;
}

/** A moment that was: `today, 14:35`, `yesterday, 14:35`, `on Tuesday, 14:35`, `on 3 March 2024, 14:35`. */
export function pastMoment(ms: number, nowMs: number, locale?: string): string {
  const days = daysBetween(ms, nowMs);
  const time = clockTime(ms, locale);
  if (days === 0) return `today, ${time}`;
  if (days === 1) return `yesterday, ${time}`;
  return `on ${dayName(ms, nowMs, locale)}, ${time}`;
}
