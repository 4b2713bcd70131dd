import { badRequest } from './failure.ts';
import { isObject, objectAt, objectsAt } from './json.ts';

/** Labels of an object. */
export type Labels = Readonly<Record<string, unknown>>;

/** Whether labels match. */
export type LabelMatch = (labels: Labels) => boolean;

/** Matches everything. */
export const everything: LabelMatch = () => true;

const identifier = '[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?';
const setBased = new RegExp(`^(${identifier})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const equality = new RegExp(`^(${identifier})\\s*(==|=|!=)\\s*([-A-Za-z0-9_.]*)$`);
const existence = new RegExp(`^(!?)\\s*(${identifier})$`);

/**
 * Compiles the text form of a label selector: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by
 * commas. As in Kubernetes `!=` and `notin` also match objects without the label.
 * @throws ApiFailure 400 when it cannot be read.
 */
export function parseLabelSelector(text: string | undefined): LabelMatch {
  const requirements = splitRequirements(text ?? '').map(requirement);
  if (requirements.length === 0) return everything;
  return (labels) => requirements.every((matches) => matches(labels));
}

/** Splits at the commas outside of parentheses. */
function splitRequirements(text: string): readonly string[] {
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  if (parts.length === 1 && parts[0] === '') return [];
  return parts;
}

function requirement(text: string): LabelMatch {
  const set = setBased.exec(text);
  if (set)
    return membership(
      set[1] ?? '',
      set[3] === 'in',
      (set[4] ?? '').split(',').map((value) => value.trim()),
    );
  const equal = equality.exec(text);
  if (equal) return membership(equal[1] ?? '', equal[3] !== '!=', [equal[4] ?? '']);
  const exists = existence.exec(text);
  if (exists) return presence(exists[2] ?? '', exists[1] === '');
  throw badRequest(`unable to parse requirement: ${JSON.stringify(text)} is no label selector`);
}

const membership = (key: string, wanted: boolean, values: readonly unknown[]): LabelMatch => {
  const set = new Set(values);
  return wanted
    ? (labels) => Object.hasOwn(labels, key) && set.has(labels[key])
    : (labels) => !(Object.hasOwn(labels, key) && set.has(labels[key]));
};
const presence = (key: string, wanted: boolean): LabelMatch => {
  return (labels) => Object.hasOwn(labels, key) === wanted;
};

/**
 * Compiles a LabelSelector object (`matchLabels`, `matchExpressions`). An empty one matches everything, a missing one
 * nothing, as the API's meta.v1 documentation has it.
 * @throws ApiFailure 400 on an unknown operator.
 */
export function compileLabelSelector(selector: unknown): LabelMatch {
  if (!isObject(selector)) return () => false;
  const parts: LabelMatch[] = Object.entries(objectAt(selector, 'matchLabels') ?? {}).map(([key, value]) =>
    membership(key, true, [value]),
  );
  for (const expression of objectsAt(selector, 'matchExpressions')) {
    const values = Array.isArray(expression['values']) ? expression['values'] : [];
    parts.push(expressionMatch(String(expression['key']), String(expression['operator']), values));
  }
  return (labels) => parts.every((matches) => matches(labels));
}

function expressionMatch(key: string, operator: string, values: readonly unknown[]): LabelMatch {
  switch (operator) {
    case 'In':
      return membership(key, true, values);
    case 'NotIn':
      return membership(key, false, values);
    case 'Exists':
      return presence(key, true);
    case 'DoesNotExist':
      return presence(key, false);
    default:
      throw badRequest(`${JSON.stringify(operator)} is not a valid label selector operator`);
  }
}
