/** Why the sandbox answers otherwise than a real API server, where that is known. */
export const reasons = {
  words: 'same status and reason, other words',
  validation: 'the sandbox does not check this field',
  unknownFields: 'the sandbox keeps fields that a kind does not have',
  status: 'refused by both, with another status',
  fields: 'both take it; the object has other fields',
  notServed: 'the sandbox does not serve this',
  plainText: 'a real server answers this with plain text, the sandbox with a Status',
} as const;

/** A request to send to both, and how the answers may differ. */
export interface Row {
  readonly says: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with its query. `{rv:NAME}` stands for the resourceVersion that the row `remember: NAME` was answered with. */
  readonly path: string;
  /** JSON, or text that is sent as it is. */
  readonly body?: unknown;
  /** Content type; default application/json. */
  readonly type?: string;
  /** Default application/json. */
  readonly accept?: string;
  /** Keeps the answer's resourceVersion under this name. */
  readonly remember?: string;
  /** What of a good answer is compared; default all of it. Of a refusal: status, reason, message. */
  readonly compare?: (body: Fields) => unknown;
  /** A known difference. A row without it must be answered alike, a row with it must not: then remove it. */
  readonly differs?: keyof typeof reasons;
}

/** An object of JSON. */
export type Fields = Record<string, unknown>;

/** Content types of patches. */
export const patchTypes = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** The namespace of all rows. */
export const namespace = 'compare';

/** Path of a kind in that namespace: 'configmaps', 'apps/deployments'. */
export function pathOf(kind: string): string {
  const [group, plural] = kind.includes('/') ? kind.split('/') : ['', kind];
  const versioned = group ? `/apis/${group}/v1` : '/api/v1';
  return `${versioned}/namespaces/${namespace}/${plural ?? ''}`;
}

/** A row that creates an object. */
export function creates(says: string, kind: string, body: unknown, more: Partial<Row> = {}): Row {
  return { says, method: 'POST', path: pathOf(kind), body, ...more };
}

/** A row that patches; `target` is kind and name, such as 'configmaps/a', with a query if there is one. */
export function patches(
  says: string,
  target: string,
  kind: keyof typeof patchTypes,
  body: unknown,
  more: Partial<Row> = {},
): Row {
  const at = target.lastIndexOf('/', target.includes('?') ? target.indexOf('?') : undefined);
  return { says, method: 'PATCH', path: objectPath(target, at), body, type: patchTypes[kind], ...more };
}

function objectPath(target: string, at: number): string {
  return `${pathOf(target.slice(0, at))}${target.slice(at)}`;
}

/** A row that reads. */
export function reads(says: string, path: string, more: Partial<Row> = {}): Row {
  return { says, method: 'GET', path, ...more };
}

/** The spec and name of an object; what controllers and admission of a whole cluster add is left out. */
export const specOnly = (body: Fields): unknown => body['spec'];
