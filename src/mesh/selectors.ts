/** Label selectors, as the API server evaluates them (k8s.io/apimachinery labels.Requirement.Matches). */
import type { Labels, RequirementFact, SelectorFact } from './facts.ts';

/**
 * Whether labels meet a selector. An empty selector matches everything; NotIn matches where the key is absent.
 * Null: it holds an operator that is not known here, and nothing else already decides.
 */
export function matches(selector: SelectorFact, labels: Labels): boolean | null {
  for (const key in selector.matchLabels) if (valueOf(labels, key) !== selector.matchLabels[key]) return false;
  let unsure = false;
  for (const requirement of selector.matchExpressions) {
    const met = meets(requirement, labels);
    if (met === false) return false;
    if (met === null) unsure = true;
  }
  return unsure ? null : true;
}

// A label may be called `constructor`: what every object inherits is no label.
function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function meets({ key, operator, values }: RequirementFact, labels: Labels): boolean | null {
  const value = valueOf(labels, key);
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return null;
  }
}

/** Both must hold; null when one is unknown and none is false. */
export function both(left: boolean | null, right: boolean | null): boolean | null {
  if (left === false || right === false) return false;
  return left === null || right === null ? null : true;
}
