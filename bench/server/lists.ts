import { Collection, type Row } from './collection.ts';
import { kindKey, servedKinds, type ServedKind } from './kinds.ts';
import { parseLabelSelector } from './selector.ts';
import type { World } from './world.ts';

/** A request for a list or for one object. */
export interface ObjectRequest {
  readonly kind: ServedKind;
  /** '' for all namespaces. */
  readonly namespace: string;
  /** '' for a list. */
  readonly name: string;
}

/** One page of a list, ready to be sent. */
export interface ListAnswer {
  readonly pieces: readonly Buffer[];
  /** Objects of the whole list. */
  readonly total: number;
  /** More than one page is needed: this one has a continue token or was asked for with one. */
  readonly paged: boolean;
}

/** The list's resourceVersion; the synthetic cluster never changes. */
const resourceVersion = '9000000';

/** Reads a REST path; undefined when no served kind stands behind it. Subresources are none. */
export function parsePath(path: string): ObjectRequest | undefined {
  const parts = path.split('/').slice(1);
  const [root, ...rest] = parts;
  if (root !== 'api' && root !== 'apis') return undefined;
  const [group = '', version = ''] = root === 'api' ? ['', ...rest.splice(0, 1)] : rest.splice(0, 2);
  const scoped = rest[0] === 'namespaces' && rest.length > 2;
  const [, namespace = ''] = scoped ? rest.splice(0, 2) : [];
  const [plural = '', name = '', ...more] = rest;
  const kind = servedKinds.find((one) => kindKey(one) === kindKey({ group, version, plural }));
  if (kind === undefined || more.length > 0) return undefined;
  return { kind, namespace: decodeURIComponent(namespace), name: decodeURIComponent(name) };
}

function fieldMatcher(selector: string): (row: Row) => boolean {
  const wanted = selector.split(',').map((one) => /^([^!=]+)(!?)==?(.*)$/.exec(one.trim()));
  return (row) =>
    wanted.every((match) => {
      if (match === null) return false;
      const [, field = '', negation, value] = match;
      const own = { 'metadata.name': row.name, 'metadata.namespace': row.namespace, ...row.fields }[field] ?? '';
      return (own === value) !== (negation === '!');
    });
}

function metadataOf(json: string): string {
  const { metadata } = JSON.parse(json) as { metadata: object };
  return JSON.stringify({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata });
}

/** Lists of a world. A filtered list or one of metadata is made at its first request and kept. */
export class Lists {
  readonly #world: World;
  readonly #derived = new Map<string, Collection>();

  constructor(world: World) {
    this.#world = world;
  }

  /** One page. `query`: limit, continue, labelSelector, fieldSelector. */
  page(request: ObjectRequest, query: URLSearchParams, metadataOnly: boolean): ListAnswer {
    const collection = this.#collection(request, query, metadataOnly);
    const start = startOf(query.get('continue'));
    const limit = Number(query.get('limit') ?? 0) || collection.size;
    const end = Math.min(collection.size, start + limit);
    const filtered = query.get('labelSelector') !== null || query.get('fieldSelector') !== null;
    const metadata: Record<string, unknown> = { resourceVersion };
    if (end < collection.size) {
      metadata['continue'] = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 9000000, start: end })).toString(
        'base64url',
      );
      if (!filtered) metadata['remainingItemCount'] = collection.size - end;
    }
    const { kind } = request;
    const head = metadataOnly
      ? { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata }
      : { kind: `${kind.kind}List`, apiVersion: kind.group ? `${kind.group}/${kind.version}` : kind.version, metadata };
    const opening = Buffer.from(JSON.stringify(head).replace(/}$/, ',"items":['));
    const pieces = [opening, ...collection.slice(start, end), Buffer.from(']}\n')];
    return { pieces, total: collection.size, paged: start > 0 || end < collection.size };
  }

  /** JSON of one object with kind and apiVersion; undefined when it does not exist. */
  one(request: ObjectRequest): string | undefined {
    const collection = this.#world.collections.get(kindKey(request.kind));
    const { kind, namespace, name } = request;
    const index = collection?.rows.findIndex((row) => row.namespace === namespace && row.name === name) ?? -1;
    if (index < 0) return undefined;
    const apiVersion = kind.group ? `${kind.group}/${kind.version}` : kind.version;
    return JSON.stringify({ kind: kind.kind, apiVersion, ...(JSON.parse(collection?.text(index) ?? '{}') as object) });
  }

  #collection({ kind, namespace }: ObjectRequest, query: URLSearchParams, metadataOnly: boolean): Collection {
    const whole = this.#world.collections.get(kindKey(kind)) ?? new Collection();
    const labelSelector = query.get('labelSelector') ?? '';
    const fieldSelector = query.get('fieldSelector') ?? '';
    if (namespace === '' && labelSelector === '' && fieldSelector === '' && !metadataOnly) return whole;
    const key = [kindKey(kind), namespace, labelSelector, fieldSelector, metadataOnly].join('\n');
    const known = this.#derived.get(key);
    if (known !== undefined) return known;
    const labels = parseLabelSelector(labelSelector);
    const fields = fieldSelector === '' ? () => true : fieldMatcher(fieldSelector);
    const inPlace = (row: Row) => namespace === '' || row.namespace === namespace;
    const derived = whole.derive(
      (row) => inPlace(row) && labels(row.labels) && fields(row),
      metadataOnly ? metadataOf : (json) => json,
    );
    this.#derived.set(key, derived);
    return derived;
  }
}

function startOf(token: string | null): number {
  if (token === null || token === '') return 0;
  return (JSON.parse(Buffer.from(token, 'base64url').toString()) as { start: number }).start;
}
