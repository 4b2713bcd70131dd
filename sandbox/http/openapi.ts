import { createHash } from 'node:crypto';
import { joinApiVersion } from '../store/registry.ts';
import type { KindInfo } from '../store/types.ts';
import { jsonAnswer, type Answer } from './answer.ts';

/**
 * The document behind /openapi/v3 and /openapi/v3/api/v1, /openapi/v3/apis/GROUP/VERSION; undefined for every other path,
 * /openapi/v2 too. The documents have paths and empty schemas: what `kubectl apply` reads of them, not what `kubectl explain` shows.
 */
export function openApiDocument(kinds: readonly KindInfo[], gitVersion: string, path: string): Answer | undefined {
  const clean = path.replace(/\/$/, '');
  if (clean === '/openapi/v3') return jsonAnswer(200, { paths: indexOf(kinds, gitVersion) });
  const rooted = rootsOf(kinds).find((root) => clean === `/openapi/v3/${root.path}`);
  return rooted && jsonAnswer(200, documentOf(kinds, gitVersion, rooted));
}

interface Root {
  readonly group: string;
  readonly version: string;
  /** 'api/v1', 'apis/apps/v1'. */
  readonly path: string;
}

function rootsOf(kinds: readonly KindInfo[]): readonly Root[] {
  const roots = kinds.flatMap(({ group, versions }) =>
    versions.map((version) => ({
      group,
      version,
      path: `${group ? 'apis' : 'api'}/${joinApiVersion(group, version)}`,
    })),
  );
  return [...new Map(roots.map((root) => [root.path, root])).values()];
}

function indexOf(kinds: readonly KindInfo[], gitVersion: string): object {
  const entry = (root: Root) => {
    const text = JSON.stringify(documentOf(kinds, gitVersion, root));
    const hash = createHash('sha256').update(text).digest('hex').toUpperCase();
    return [root.path, { serverRelativeURL: `/openapi/v3/${root.path}?hash=${hash}` }] as const;
  };
  return Object.fromEntries(rootsOf(kinds).map(entry));
}

function documentOf(kinds: readonly KindInfo[], gitVersion: string, root: Root): object {
  const served = kinds.filter((kind) => kind.group === root.group && kind.versions.includes(root.version));
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: gitVersion },
    paths: Object.fromEntries(served.flatMap((kind) => pathsOf(kind, root))),
    components: { schemas: Object.fromEntries(served.map((kind) => schemaOf(kind, root))) },
  };
}

/** Any object with the kind's name: enough for `kubectl explain` to answer without fields. */
function schemaOf(kind: KindInfo, root: Root): readonly [string, object] {
  const type = { group: kind.group, kind: kind.kind, version: root.version };
  const name = [root.group || 'core', root.version, kind.kind].join('.');
  return [name, { type: 'object', 'x-kubernetes-group-version-kind': [type] }];
}

function pathsOf(kind: KindInfo, root: Root): readonly (readonly [string, object])[] {
  const collection = `/${root.path}/${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.plural}`;
  const type = { group: kind.group, kind: kind.kind, version: root.version };
  const operation = (action: string, parameters: readonly string[]) => ({
    parameters: parameters.map(queryParameter),
    responses: { '200': { description: 'OK' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': type,
  });
  const write = ['dryRun', 'fieldManager', 'fieldValidation'];
  const select = ['labelSelector', 'fieldSelector', 'limit', 'continue', 'resourceVersion', 'watch', 'timeoutSeconds'];
  return [
    [collection, { get: operation('list', select), post: operation('post', write) }],
    [
      `${collection}/{name}`,
      {
        get: operation('get', []),
        put: operation('put', write),
        // kubectl apply looks here for fieldValidation and gives up on a server that does not have it.
        patch: operation('patch', [...write, 'force']),
        delete: operation('delete', ['dryRun', 'gracePeriodSeconds', 'propagationPolicy']),
      },
    ],
  ];
}

const queryParameter = (name: string) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } });
