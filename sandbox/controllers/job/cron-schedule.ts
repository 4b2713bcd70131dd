import { InvalidInput } from '../../../src/errors.ts';

/** When a CronJob runs: minutes of UTC. */
export interface CronSchedule {
  /** The first time after this one, both in milliseconds since 1970; undefined when there is none within four years. */
  next(after: number): number | undefined;
}

const macros: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const months = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/**
 * Reads a schedule as cron has it: minute, hour, day of month, month, day of week, each with lists, ranges, steps and
 * names, or one of the macros such as @daily.
 * @throws InvalidInput when it cannot be read
 */
export function parseSchedule(text: string): CronSchedule {
  const fields = (macros[text] ?? text).trim().split(/\s+/);
  if (fields.length !== 5) throw unreadable(text);
  const field = (index: number, low: number, high: number, names: readonly string[] = []) =>
    parseField(fields[index] ?? '', { low, high, names }, text);
  const schedule = {
    minutes: field(0, 0, 59),
    hours: field(1, 0, 23),
    dates: field(2, 1, 31),
    months: field(3, 1, 12, months),
    weekdays: field(4, 0, 7, days),
    // When both are given either is enough.
    either: fields[2] !== '*' && fields[2] !== '?' && fields[4] !== '*' && fields[4] !== '?',
  };
  return { next: (after) => nextTime(schedule, after) };
}

interface Fields {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly dates: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  readonly either: boolean;
}

function nextTime(schedule: Fields, after: number): number | undefined {
  const minute = 60_000;
  const limit = after + 4 * 366 * 86_400_000;
  let time = (Math.floor(after / minute) + 1) * minute;
  while (time <= limit) {
    const date = new Date(time);
    if (!isDay(schedule, date)) time = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1);
    else if (!schedule.hours.has(date.getUTCHours())) time = (Math.floor(time / 3_600_000) + 1) * 3_600_000;
    else if (!schedule.minutes.has(date.getUTCMinutes())) time += minute;
    else return time;
  }
  return undefined;
}

function isDay({ dates, months: inMonths, weekdays, either }: Fields, date: Date): boolean {
  if (!inMonths.has(date.getUTCMonth() + 1)) return false;
  const byDate = dates.has(date.getUTCDate());
  const day = date.getUTCDay();
  const byWeekday = weekdays.has(day) || (day === 0 && weekdays.has(7));
  return either ? byDate || byWeekday : byDate && byWeekday;
}

interface Range {
  readonly low: number;
  readonly high: number;
  readonly names: readonly string[];
}

function parseField(field: string, range: Range, text: string): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of field.toLowerCase().split(',')) {
    const match = /^(\*|\?|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/.exec(part);
    if (!match) throw unreadable(text);
    const all = match[1] === '*' || match[1] === '?';
    const from = all ? range.low : valueOf(match[1] ?? '', range, text);
    const single = match[3] === undefined ? from : range.high;
    const to = match[2] !== undefined ? valueOf(match[2], range, text) : all ? range.high : single;
    const step = Number(match[3] ?? 1);
    if (step < 1 || from > to) throw unreadable(text);
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return values;
}

function valueOf(word: string, { low, high, names }: Range, text: string): number {
  const named = names.indexOf(word);
  const value = named >= 0 && word !== '' ? named : Number(word);
  if (!Number.isInteger(value) || value < low || value > high) throw unreadable(text);
  return value;
}

function unreadable(text: string): InvalidInput {
  const remedy = 'Write five fields: minute, hour, day of month, month, day of week.';
  return new InvalidInput(`cron schedule ${JSON.stringify(text)} cannot be read`, { remedy });
}
