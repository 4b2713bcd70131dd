/** Who wrote an object, from metadata.managedFields: names, and the few fields that tools fight over. */
import type { KubeObject } from '../kube/api.ts';
import type { FieldManagerFact } from '../mesh/facts.ts';
import type { Interner } from './interner.ts';
import { isRecord, record, records, text, type Json } from './json.ts';

const contested = ['failurePolicy', 'caBundle', 'namespaceSelector', 'objectSelector'] as const;
const name = /^[\w.:/-]{1,128}$/;

/** Distinct names of managers, sorted, without those that only write the status. */
export function managers(object: KubeObject, intern: Interner): readonly string[] {
  const names = entries(object).map((entry) => text(entry['manager']));
  const sorted = [...new Set(names)].sort();
  return intern.same(`managers ${sorted.join(' ')}`, () => sorted);
}

/** Manager of spec.replicas, also through subresource scale; '' when nobody owns it. */
export function replicasManager(object: KubeObject): string {
  const owner = entries(object).find((entry) => 'f:replicas' in record(record(entry['fieldsV1'])['f:spec']));
  return text(owner?.['manager']);
}

/** Managers with the contested fields of webhooks that they own. */
export function fieldManagers(object: KubeObject): readonly FieldManagerFact[] {
  return entries(object).map((entry) => ({
    manager: text(entry['manager']),
    operation: text(entry['operation']),
    fields: contested.filter((field) => owns(entry['fieldsV1'], `f:${field}`)),
  }));
}

/** managedFields as a snapshot writes them: managers, operations, and only the fields that the functions above look for. */
export function writtenManagers(value: unknown): readonly Json[] {
  return records(value)
    .filter((entry) => name.test(text(entry['manager'])))
    .map((entry) => {
      const kept = contested
        .filter((field) => owns(entry['fieldsV1'], `f:${field}`))
        .map((field) => [`f:${field}`, {}]);
      const replicas = 'f:replicas' in record(record(entry['fieldsV1'])['f:spec']);
      const subresource = text(entry['subresource']);
      return {
        ...{ manager: text(entry['manager']), operation: text(entry['operation']) === 'Apply' ? 'Apply' : 'Update' },
        ...(subresource === 'status' || subresource === 'scale' ? { subresource } : {}),
        fieldsV1: { ...Object.fromEntries(kept), ...(replicas ? { 'f:spec': { 'f:replicas': {} } } : {}) },
      };
    });
}

function entries(object: KubeObject): readonly Json[] {
  return records(record(object.metadata)['managedFields']).filter((entry) => entry['subresource'] !== 'status');
}

function owns(fields: unknown, wanted: string): boolean {
  if (!isRecord(fields)) return false;
  return wanted in fields || Object.values(fields).some((inner) => owns(inner, wanted));
}
