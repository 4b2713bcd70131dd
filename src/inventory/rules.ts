/**
 * Small rules that say what of a JSON value may be kept; what no rule names is dropped, so a field that a later Kubernetes
 * adds can't leak. A rule returns undefined to drop.
 */
import { isRecord, record, records, text, texts } from './json.ts';

/** From a value to what may be kept of it. */
export type Rule = (value: unknown) => unknown;

/** A string, number, boolean or null. */
export const scalar: Rule = (value) => (value === null || typeof value !== 'object' ? value : undefined);

/** An array of strings. */
export const words: Rule = (value) => (Array.isArray(value) ? texts(value) : undefined);

/** A map of free keys to scalars: labels, selectors, quantities. */
export const map: Rule = (value) =>
  isRecord(value)
    ? Object.fromEntries(Object.entries(value).filter(([, entry]) => scalar(entry) !== undefined))
    : undefined;

/** Only the numbers and booleans of an object, and numbers written as strings: counters of a status. */
export const counters: Rule = (value) =>
  isRecord(value) ? Object.fromEntries(Object.entries(value).filter(([, entry]) => isCounter(entry))) : undefined;

function isCounter(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && /^\d+$/.test(value));
}

/** One machine-written word, such as a condition's reason. */
export const token: Rule = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9]{0,100}$/.test(value) ? value : undefined;

/** Nothing of an object but that it is there. */
export const present: Rule = (value) => (isRecord(value) ? {} : undefined);

/** A path or URL without user, query and fragment, where secrets travel. */
export const bareUrl: Rule = (value) =>
  typeof value === 'string' ? value.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//') : undefined;

/** The named fields of an object, each by its rule. */
export function fields(rules: Readonly<Record<string, Rule>>): Rule {
  return (value) => {
    if (!isRecord(value)) return undefined;
    const kept = Object.entries(rules)
      .filter(([name]) => value[name] !== undefined)
      .map(([name, rule]) => [name, rule(value[name])] as const);
    return Object.fromEntries(kept.filter(([, entry]) => entry !== undefined));
  };
}

/** Fields kept as scalars. */
export function plain(...names: readonly string[]): Readonly<Record<string, Rule>> {
  return Object.fromEntries(names.map((name) => [name, scalar]));
}

/** Every object of an array by one rule. */
export function each(rule: Rule): Rule {
  return (value) => (Array.isArray(value) ? records(value).map(rule) : undefined);
}

/** A LabelSelector. */
export const labelSelector: Rule = fields({
  matchLabels: map,
  matchExpressions: each(fields({ ...plain('key', 'operator'), values: words })),
});

/** `status.conditions` without their free text. */
export const conditions: Rule = each(
  fields({ ...plain('type', 'status', 'lastTransitionTime', 'observedGeneration'), reason: token }),
);

/** A field of an object as text; '' when it is missing. */
export function fieldText(value: unknown, name: string): string {
  return text(record(value)[name]);
}
