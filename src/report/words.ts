/** Numbers, times and foreign text for people; the same in all forms of a report. */

/** '12,345'. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** '1 proxy', '1,200 requests'. `many` defaults to `one` with an s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** A share of 1: '0.025 %'. Never rounded down to 0 nor up to 100. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0 || value === 100) return `${value} %`;
  const text = value >= 1 ? value.toFixed(1) : String(Number(value.toPrecision(2)));
  return text === '100.0' ? '>99.9 %' : `${text} %`;
}

/** '0.4 s', '12 s', '3 min 12 s', '2 h 5 min'; '–' for unknown. */
export function duration(seconds: number | null): string {
  if (seconds === null) return '–';
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** '0.4 ms', '12.3 ms', '2.01 s'. */
export function milliseconds(ms: number): string {
  if (ms >= 1000) return `${Number((ms / 1000).toFixed(2))} s`;
  return `${Number(ms.toPrecision(3))} ms`;
}

/** '08:00:18' of an RFC 3339 time in UTC; '–' for unknown. */
export function clock(at: string | null): string {
  return at === null || at === '' ? '–' : at.slice(11, 19);
}

/** '2026-03-02 08:00:18 UTC'. */
export function dateAndTime(at: string): string {
  return `${at.slice(0, 10)} ${clock(at)} UTC`;
}

/** Foreign text without characters that steer a terminal or turn the direction of writing; line breaks become blanks. */
export function visible(text: string): string {
  return text
    .replace(/[\t\n\r\u2028\u2029]+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '\ufffd');
}
