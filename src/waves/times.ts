import { InvalidInput } from '../errors.ts';

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const dayMinutes = 1440;

/** A part of the week. */
interface Window {
  readonly days: ReadonlySet<number>;
  /** Minutes since midnight; `to` at or before `from` ends on the next day. */
  readonly from: number;
  readonly to: number;
}

/**
 * Whether something may be started at a time. Windows are UTC: 'Mon-Fri 08:00-17:00', 'Sat,Sun 22:00-02:00' (over midnight
 * it belongs to the day on which it begins), '08:00-17:00' on every day; without windows every time is fine. Freezes are
 * RFC 3339 intervals 'START/END', END left out, and win over windows.
 * @param now milliseconds since 1970
 * @returns why not, with the text of the policy; null when it may
 * @throws InvalidInput for a window or a freeze that cannot be read
 */
export function mayMove(now: number, windows: readonly string[], freezes: readonly string[]): string | null {
  const parsed = windows.map(parseWindow);
  const frozen = freezes
    .map((text) => ({ text, ...parseFreeze(text) }))
    .find(({ from, to }) => now >= from && now < to);
  if (frozen) return `frozen: ${frozen.text}`;
  if (parsed.length === 0 || parsed.some((window) => isInside(window, now))) return null;
  return `outside of the windows ${windows.join(', ')} (UTC)`;
}

function isInside({ days: on, from, to }: Window, now: number): boolean {
  const date = new Date(now);
  const [day, minute] = [date.getUTCDay(), date.getUTCHours() * 60 + date.getUTCMinutes()];
  if (from < to) return on.has(day) && minute >= from && minute < to;
  return (on.has(day) && minute >= from) || (on.has((day + 6) % 7) && minute < to);
}

function parseWindow(text: string): Window {
  const found = /^(?:([A-Za-z,-]+) +)?(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(text.trim());
  if (!found) throw unreadable('window', text);
  const [from, to] = [timeOf(found[2], found[3]), timeOf(found[4], found[5])];
  const valid = from < dayMinutes && to <= dayMinutes && Number(found[3]) < 60 && Number(found[5]) < 60;
  if (!valid || from === to) throw unreadable('window', text);
  return { days: daysOf(found[1], text), from, to };
}

const timeOf = (hours = '', minutes = '') => Number(hours) * 60 + Number(minutes);

function daysOf(list: string | undefined, text: string): ReadonlySet<number> {
  if (list === undefined) return new Set(days.keys());
  const found = new Set<number>();
  for (const part of list.split(',')) {
    const [first, last, more] = part.split('-').map((name) => days.indexOf(name));
    if (first === undefined || first < 0 || last === -1 || more !== undefined) throw unreadable('window', text);
    for (let day = first; ; day = (day + 1) % 7) {
      found.add(day);
      if (day === (last ?? first)) break;
    }
  }
  return found;
}

/** RFC 3339. A date alone would be read as UTC, and a time without offset as local time: both must be complete. */
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

function parseFreeze(text: string): { readonly from: number; readonly to: number } {
  const parts = text.trim().split('/');
  const [start = '', end = ''] = parts;
  const [from, to] = [Date.parse(start), Date.parse(end)];
  const complete = parts.length === 2 && timestamp.test(start) && timestamp.test(end);
  if (!complete || !(from < to)) throw unreadable('freeze', text);
  return { from, to };
}

function unreadable(what: 'window' | 'freeze', text: string): InvalidInput {
  const example = what === 'window' ? 'Mon-Fri 08:00-17:00' : '2026-12-20T00:00:00Z/2027-01-04T00:00:00Z';
  return new InvalidInput(`${what} ${JSON.stringify(text)} cannot be read, or ends before it begins.`, {
    object: `policy: ${what} ${JSON.stringify(text)}`,
    remedy: `Write it as ${JSON.stringify(example)}${what === 'window' ? ' (UTC; minutes below 60)' : ''}.`,
  });
}
