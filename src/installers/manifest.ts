/** Rendered objects compared by name. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { isRecord, record, text, type Json } from '../inventory/json.ts';

/** Objects of a rendered manifest by 'Kind namespace/name'; what is no object is left out. */
export function objectsIn(manifest: string, namespace: string): ReadonlyMap<string, Json> {
  const found = new Map<string, Json>();
  for (const document of parseAllDocuments(manifest)) {
    const object: unknown = 'toJS' in document ? document.toJS() : null;
    if (!isRecord(object) || text(object['kind']) === '') continue;
    found.set(nameOf(object, namespace), object);
  }
  return found;
}

const clusterScoped =
  /^(CustomResourceDefinition|ClusterRole|ClusterRoleBinding|Namespace|GatewayClass|PriorityClass|.*WebhookConfiguration|ValidatingAdmissionPolicy.*)$/;

function nameOf(object: Json, namespace: string): string {
  const [kind, metadata] = [text(object['kind']), record(object['metadata'])];
  const name = text(metadata['name']);
  if (clusterScoped.test(kind)) return `${kind} ${name}`;
  return `${kind} ${text(metadata['namespace']) || namespace}/${name}`;
}

/** One line an object that comes, changes or goes: 'Deployment istio-system/istiod: changed (spec)', sorted. */
export function compareObjects(before: ReadonlyMap<string, Json>, after: ReadonlyMap<string, Json>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === undefined) return [`${name}: created`];
    if (is === undefined) return [`${name}: removed`];
    const fields = Object.keys({ ...was, ...is }).filter((field) => !isDeepStrictEqual(was[field], is[field]));
    return fields.length === 0 ? [] : [`${name}: changed (${fields.sort().join(', ')})`];
  });
}
