import { isObject } from '../../store/json.ts';

/** Kubernetes' alphabet of safe names. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * A short name for a value (a pod template), the same for equal values whatever the order of their fields.
 * @param salt another one gives another name: for two values that would have the same
 */
export function templateHash(value: unknown, salt = 0): string {
  const text = `${salt || ''}${canonical(value)}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  const digits = String(hash).padStart(9, '0');
  return [...digits.slice(-10)].map((digit, index) => alphabet[(Number(digit) * 2 + index) % alphabet.length]).join('');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return `{${keys
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`)
    .join()}}`;
}
