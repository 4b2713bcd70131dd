/** Evaluates matchers over the fields of one object. */
import type { FieldMatcher, FieldTest, MeshConfigMatcher } from './model.ts';

/**
 * Whether some node of the object passes all tests of the matcher. The caller gives objects of the right resource (or a mesh
 * config), whole in the fields that the matcher names: what was left out counts as absent here. Throws SyntaxError for a path or
 * regular expression that is none.
 */
export function fieldsMatch(matcher: FieldMatcher | MeshConfigMatcher, object: unknown): boolean {
  return nodesAt(object, matcher.each).some((node) => matcher.tests.every((test) => passes(test, node)));
}

function passes(test: FieldTest, node: unknown): boolean {
  const found = nodesAt(node, test.path);
  switch (test.op) {
    case 'exists':
      return found.length > 0;
    case 'absent':
      return found.length === 0;
    case 'equals':
      return found.includes(test.value);
    case 'not-equals':
      return !found.includes(test.value);
    case 'in':
      return found.some((one) => typeof one === 'string' && test.value.includes(one));
    case 'matches': {
      const pattern = new RegExp(test.value);
      return found.some((one) => typeof one === 'string' && pattern.test(one));
    }
  }
}

function nodesAt(object: unknown, path: string): readonly unknown[] {
  return parsePath(path).reduce<readonly unknown[]>(
    (nodes, part) => nodes.flatMap((node) => step(node, part)),
    [object],
  );
}

type PathPart = { readonly key: string } | 'elements' | 'below';

/** Parts of a path as `FieldMatcher` describes it. Throws SyntaxError. */
export function parsePath(path: string): readonly PathPart[] {
  const parts: PathPart[] = [];
  let rest = path;
  while (rest !== '') {
    const match = /^\.?(?:(\*\*)|\[\]|\[([^\]]+)\]|([A-Za-z_$][\w$-]*))/.exec(rest);
    if (match === null || (rest === path && rest.startsWith('.'))) throw new SyntaxError(`"${path}" is no path`);
    const [whole, below, quoted, plain] = match;
    const key = quoted ?? plain;
    if (below !== undefined) parts.push('below');
    else parts.push(key === undefined ? 'elements' : { key });
    rest = rest.slice(whole.length);
  }
  return parts;
}

// Null is Kubernetes' way to write nothing.
function step(node: unknown, part: PathPart): readonly unknown[] {
  if (part === 'elements') return Array.isArray(node) ? node : [];
  if (part === 'below') return below(node);
  const value = isObject(node) && Object.hasOwn(node, part.key) ? node[part.key] : undefined;
  return value === undefined || value === null ? [] : [value];
}

function below(node: unknown): readonly unknown[] {
  if (Array.isArray(node)) return [node, ...node.flatMap(below)];
  return isObject(node) ? [node, ...Object.values(node).flatMap(below)] : [node];
}

function isObject(node: unknown): node is Readonly<Record<string, unknown>> {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}
