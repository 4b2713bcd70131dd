/** Reading of JSON whose shape is not certain: a missing or odd field gives an empty value, never an exception. */

/** An object of unknown fields. */
export type Json = Readonly<Record<string, unknown>>;

const nothing: Json = Object.freeze({});

/** Whether a value is a JSON object (no array, not null). */
export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object, or an empty one. */
export function record(value: unknown): Json {
  return isRecord(value) ? value : nothing;
}

/** The array, or an empty one. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects of an array; other elements are left out. */
export function records(value: unknown): readonly Json[] {
  return list(value).filter(isRecord);
}

/** The string, or a number or boolean as string (IntOrString fields), else ''. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** The number, else `fallback`. */
export function count(value: unknown, fallback = 0): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}

/** The strings of an array; other elements are left out. */
export function texts(value: unknown): readonly string[] {
  return list(value).filter((entry): entry is string => typeof entry === 'string');
}
