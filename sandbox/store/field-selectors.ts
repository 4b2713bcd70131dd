import type { KubeObject } from '../../src/kube/api.ts';
import { badRequest } from './failure.ts';
import type { KindInfo } from './types.ts';

/** Whether an object matches. */
export type ObjectMatch = (object: KubeObject) => boolean;

type FieldLabels = KindInfo['fieldLabels'];

const common: FieldLabels = {
  'metadata.name': (object) => object.metadata.name,
  'metadata.namespace': (object) => object.metadata.namespace ?? '',
};

/**
 * Compiles a field selector of a kind: `a=b`, `a==b`, `a!=b`, joined by commas. A field that is missing has the value ''.
 * @throws ApiFailure 400 on a field that the kind cannot select by, or on unreadable text.
 */
export function parseFieldSelector(kind: KindInfo, text: string | undefined): ObjectMatch | undefined {
  const terms = (text ?? '').split(',').filter((term) => term.trim() !== '');
  if (terms.length === 0) return undefined;
  const matches = terms.map((term) => compileTerm(kind, term.trim()));
  return (object) => matches.every((match) => match(object));
}

function compileTerm(kind: KindInfo, term: string): ObjectMatch {
  const parts = /^([^=!]+)(==|=|!=)(.*)$/.exec(term);
  if (!parts) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const [, label = '', operator, wanted = ''] = parts;
  const read = common[label] ?? kind.fieldLabels[label];
  if (!read) throw badRequest(unknownLabel(kind, label));
  return operator === '!=' ? (object) => read(object) !== wanted : (object) => read(object) === wanted;
}

function unknownLabel(kind: KindInfo, label: string): string {
  const own = Object.keys(kind.fieldLabels).length > 0;
  if (own || kind.custom) return `field label not supported: ${label}`;
  return `"${label}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}
