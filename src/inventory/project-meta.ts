/** Metadata, selectors and conditions: the parts that the projections of all kinds share. */
import type { KubeObject } from '../kube/api.ts';
import type { MetaFact, OwnerFact, SelectorFact } from '../mesh/facts.ts';
import { isKnownAnnotation } from './annotations.ts';
import type { Interner } from './interner.ts';
import { isRecord, record, records, text, texts, type Json } from './json.ts';

/** What a projection gets besides the object. */
export interface Projection {
  readonly intern: Interner;
  /** Kind of the object: the entries of a list don't carry it. */
  readonly kind: string;
}

/** Metadata of an object. */
export function meta(object: KubeObject, { intern }: Projection): MetaFact {
  const metadata = record(object.metadata);
  return {
    namespace: intern.text(text(metadata['namespace'])),
    name: text(metadata['name']),
    labels: intern.map(metadata['labels']),
    annotations: intern.map(metadata['annotations'], isKnownAnnotation),
    owner: owner(metadata['ownerReferences'], intern),
  };
}

function owner(references: unknown, intern: Interner): OwnerFact | null {
  const found = records(references).find((reference) => reference['controller'] === true);
  if (found === undefined) return null;
  const fact = { apiVersion: text(found['apiVersion']), kind: text(found['kind']), name: text(found['name']) };
  return intern.same(`owner ${fact.apiVersion} ${fact.kind} ${fact.name}`, () => fact);
}

/** A LabelSelector; an absent one is empty, which selects everything. */
export function selector(value: unknown): SelectorFact {
  return {
    matchLabels: record(value)['matchLabels'] === undefined ? {} : plainMap(record(value)['matchLabels']),
    matchExpressions: records(record(value)['matchExpressions']).map((expression) => ({
      key: text(expression['key']),
      operator: text(expression['operator']),
      values: texts(expression['values']),
    })),
  };
}

/** A LabelSelector whose absence means that nothing is selected. */
export function selectorOrNull(value: unknown): SelectorFact | null {
  return isRecord(value) ? selector(value) : null;
}

function plainMap(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record(value)).map(([key, entry]) => [key, text(entry)]));
}

/** Status of a condition in `status.conditions`: 'True', 'False', 'Unknown'; '' when it is not set. */
export function condition(status: Json, type: string): string {
  return text(records(status['conditions']).find((entry) => entry['type'] === type)?.['status']);
}

/** `spec` of an object. */
export function spec(object: KubeObject): Json {
  return record(object['spec']);
}

/** `status` of an object. */
export function status(object: KubeObject): Json {
  return record(object['status']);
}
