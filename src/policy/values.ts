/** Readers of single values that only a policy has. */
import * as r from '../knowledge/extension/reader.ts';

/** A number in a range, both ends included. */
export function number(place: r.Place, range: { readonly min: number; readonly max: number }): number {
  const { value } = place;
  if (typeof value === 'number' && value >= range.min && value <= range.max) return value;
  return r.fail(place, `must be a number from ${range.min} to ${range.max}`);
}

/** A whole number in a range, both ends included. */
export function whole(place: r.Place, range: { readonly min: number; readonly max: number }): number {
  const value = number(place, range);
  return Number.isInteger(value) ? value : r.fail(place, 'must be a whole number');
}

/** true or false. */
export function flag(place: r.Place): boolean {
  return typeof place.value === 'boolean' ? place.value : r.fail(place, 'must be true or false');
}

/** A list of texts. */
export function texts(place: r.Place): readonly string[] {
  return r.elements(place).map(r.text);
}

/** An object whose values are texts. */
export function words(place: r.Place): Readonly<Record<string, string>> {
  return Object.fromEntries(r.entries(place).map(([key, value]) => [key, r.text(value)]));
}

/** An http or https URL. */
export function url(place: r.Place): string {
  const value = r.text(place);
  return URL.canParse(value) ? value : r.fail(place, 'must be a URL');
}

/** What `read` makes of a field, or what holds when it is not given. */
export function or<T>(place: r.Place | undefined, read: (place: r.Place) => T, otherwise: T): T {
  return place === undefined ? otherwise : read(place);
}

/** The fields that are given, and only those. */
export function given<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
