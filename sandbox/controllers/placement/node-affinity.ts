import type { KubeObject } from '../../../src/kube/api.ts';
import { objectAt, objectsAt, type JsonObject } from '../../store/json.ts';

/**
 * Which nodes a pod spec's nodeSelector and required node affinity allow. Source: Kubernetes documentation, "Assigning Pods
 * to Nodes".
 */
export function nodeMatch(podSpec: unknown): (node: KubeObject) => boolean {
  const selector = Object.entries(objectAt(podSpec, 'nodeSelector') ?? {});
  const required = objectAt(podSpec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  const terms = objectsAt(required, 'nodeSelectorTerms');
  return (node) => {
    if (!selector.every(([key, value]) => node.metadata.labels?.[key] === value)) return false;
    return required === undefined || terms.some((term) => termMatches(term, node));
  };
}

/** All expressions of a term; a term without any matches nothing. */
function termMatches(term: JsonObject, node: KubeObject): boolean {
  const expressions = objectsAt(term, 'matchExpressions');
  const fields = objectsAt(term, 'matchFields');
  if (expressions.length + fields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    expressions.every((expression) => expressionMatches(expression, labels[String(expression['key'])])) &&
    fields.every((field) => field['key'] === 'metadata.name' && expressionMatches(field, node.metadata.name))
  );
}

function expressionMatches(expression: JsonObject, value: string | undefined): boolean {
  const values: readonly unknown[] = Array.isArray(expression['values']) ? expression['values'] : [];
  switch (expression['operator']) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return Number(value) > Number(values[0]);
    case 'Lt':
      return Number(value) < Number(values[0]);
    default:
      return false;
  }
}
