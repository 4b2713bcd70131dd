/** Evaluates the detector of a behaviour change over the mesh. */
import { fieldsMatch } from '../../../knowledge/changes/field-match.ts';
import type { FieldMatcher, Matcher, MeshConfigMatcher } from '../../../knowledge/changes/model.ts';
import type { CheckView } from '../../check.ts';
import { detect } from './detect.ts';
import { allOf, anyOf, byHand, object, safe, shown, unknown, type Exposure } from './exposure.ts';
import { answerable, candidatesOf, looksAtDropped } from './objects.ts';

/** Whether the mesh is exposed. */
export function evaluate(matcher: Matcher, view: CheckView): Exposure {
  switch (matcher.kind) {
    case 'any':
      return anyOf(matcher.of.map((part) => evaluate(part, view)));
    case 'all':
      return allOf(matcher.of.map((part) => evaluate(part, view)));
    case 'manual':
      return byHand(matcher.why);
    case 'detector':
      return detect(matcher.name, view);
    case 'env':
      return matcher.on === 'istiod' ? envOfIstiod(matcher.name, view) : envOfProxies(matcher.name, view);
    case 'meshConfig':
      return inMeshConfig(matcher, view);
    case 'field':
      return inFields(matcher, view);
  }
}

function inFields(matcher: FieldMatcher, { facts }: CheckView): Exposure {
  const found = candidatesOf(facts, matcher.resource);
  if (found === null) return unknown(`Objects of ${matcher.resource} are not read.`);
  const narrower = answerable(matcher);
  const hits = found.all.filter(({ fields }) => fieldsMatch(narrower ?? matcher, fields));
  // What no fact keeps, a person must look up, where there is anything that it could be.
  if (narrower !== null && hits.length > 0) return byHand(`Of ${matcher.resource} what decides it is not read.`);
  if (hits.length === 0 && looksAtDropped(matcher) && hasDropped(found.all)) {
    return unknown(`Texts in ${matcher.resource} that may decide it are left out.`);
  }
  return shown(
    facts,
    [found.list],
    hits.map((hit) => hit.object),
  );
}

function hasDropped(all: readonly { readonly fields: unknown }[]): boolean {
  const dropped: FieldMatcher = {
    ...{ kind: 'field', resource: '', each: 'spec.**' },
    tests: [{ path: '', op: 'equals', value: 'DROPPED' }],
  };
  return all.some(({ fields }) => fieldsMatch(dropped, fields));
}

function inMeshConfig(matcher: MeshConfigMatcher, { mesh }: CheckView): Exposure {
  const planes = mesh.controlPlanes.filter(({ replicas }) => replicas > 0);
  const hits = planes.filter(({ meshConfig }) => meshConfig !== null && fieldsMatch(matcher, meshConfig));
  const objects = hits.map(({ namespace, revision }) =>
    object('ConfigMap', { namespace, name: revision === 'default' ? 'istio' : `istio-${revision}` }),
  );
  if (objects.length > 0) return { state: 'exposed', objects, why: [] };
  const unread = planes.find(({ meshConfig }) => meshConfig === null);
  return unread === undefined ? safe : unknown(`The mesh config of revision ${unread.revision} could not be read.`);
}

function envOfIstiod(name: string, { facts, mesh, look }: CheckView): Exposure {
  const hits = mesh.controlPlanes
    .map((plane) => look.deploymentOf(plane))
    .filter((one) => one !== undefined)
    .filter(({ template }) => Object.hasOwn(template.env, name));
  return shown(
    facts,
    ['deployments'],
    hits.map(({ kind, meta }) => object(kind, meta)),
  );
}

// Of proxyMetadata in annotations only few names are read, so that nothing was found says nothing.
function envOfProxies(name: string, view: CheckView): Exposure {
  const { facts, look } = view;
  const inDefaults = inMeshConfig(
    { kind: 'meshConfig', each: 'defaultConfig.proxyMetadata', tests: [{ path: `[${name}]`, op: 'exists' }] },
    view,
  );
  const workloads = look.workloadFacts.filter(({ template }) =>
    Object.hasOwn(template.proxyConfig, `proxyMetadata.${name}`),
  );
  const configs = facts.proxyConfigs.items.filter(({ environment }) => environment.includes(name));
  const objects = [
    ...inDefaults.objects,
    ...configs.map(({ meta }) => object('ProxyConfig', meta)),
    ...workloads.map(({ kind, meta }) => object(kind, meta)),
  ];
  if (objects.length > 0) return { state: 'exposed', objects, why: [] };
  return unknown(`Of proxyMetadata in annotations ${name} is not read.`);
}
