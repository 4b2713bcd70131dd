/** Facts to model: the one place where the parts are put together. */
import { ambient, isAmbient } from './ambient.ts';
import { components } from './components.ts';
import { controlPlanes } from './control-planes.ts';
import type { FactKind, Facts } from './facts.ts';
import { gateways } from './gateways.ts';
import { decideInjection, injectionContext } from './injection.ts';
import type { Incomplete, Mesh, MeshNamespace } from './mesh.ts';
import { proxiesByWorkload, targetOfRevision } from './pending.ts';
import { proxies } from './proxies.ts';
import { resolveDefault, resolveTags } from './tags.ts';
import { resolveWebhooks } from './webhooks.ts';
import { compareText, workloadIndex, type WorkloadIndex } from './workload-index.ts';
import { decideByNamespace, workloads, type Decide } from './workloads.ts';

/** The mesh as the facts show it. Never throws: what is missing is in `incomplete`. */
export function buildMesh(facts: Facts): Mesh {
  const webhooks = resolveWebhooks(facts);
  const planes = controlPlanes(facts, webhooks);
  const tags = resolveTags(facts, webhooks, planes);
  const defaultRevision = resolveDefault(facts, webhooks);
  const context = injectionContext(facts, webhooks);
  const decide = decideByNamespace(facts, (namespace, pod) => decideInjection(context, namespace, pod));
  const index = workloadIndex(facts);
  const allProxies = proxies(facts, index.byPod);
  const allWorkloads = workloads(index.entries, {
    decide,
    targetOf: targetOfRevision(planes),
    proxies: proxiesByWorkload(allProxies),
  });
  return {
    source: facts.source,
    kubernetesVersion: facts.kubernetesVersion,
    controlPlanes: planes,
    tags,
    defaultRevision,
    webhooks,
    namespaces: namespaces(facts, decide, index),
    workloads: allWorkloads,
    proxies: allProxies,
    gateways: gateways(facts, { index, workloads: allWorkloads, revisions: { planes, tags, defaultRevision } }),
    components: components(facts, index),
    ambient: ambient(facts),
    incomplete: incomplete(facts),
  };
}

function namespaces(facts: Facts, decide: Decide, index: WorkloadIndex): MeshNamespace[] {
  const counts = new Map<string, number>();
  for (const { namespace } of index.entries) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  return facts.namespaces.items
    .map(({ meta: { name, labels } }) => ({
      name,
      labels,
      injection: decide(name, { labels: {}, annotations: {}, hostNetwork: false }),
      ambient: isAmbient(labels),
      workloads: counts.get(name) ?? 0,
    }))
    .sort((a, b) => compareText(a.name, b.name));
}

/** What the model is made of: other lists are for the checks, which say themselves what they could not see. */
export const modelKinds: readonly FactKind[] = [
  ...(['namespaces', 'nodes', 'pods', 'deployments', 'statefulSets', 'daemonSets', 'rollouts', 'jobs'] as const),
  ...(['cronJobs', 'replicaSets', 'services', 'endpointSlices', 'budgets', 'autoscalers'] as const),
  ...(['mutatingWebhooks', 'validatingWebhooks', 'crds', 'configMaps', 'helmReleases', 'gateways'] as const),
  ...(['gatewayClasses', 'istioGateways', 'installers', 'istiods'] as const),
];

function incomplete(facts: Facts): Incomplete[] {
  const kinds = new Map<string, string[]>();
  for (const kind of [...modelKinds].sort(compareText)) {
    const { unread } = facts[kind];
    if (unread === null) continue;
    kinds.set(unread, [...(kinds.get(unread) ?? []), kind]);
  }
  const lists = [...kinds].map(([why, names]) => ({ what: names.join(', '), why }));
  const silent = facts.istiods.items
    .filter((istiod) => istiod.version === null || istiod.syncz === null)
    .map((istiod) => {
      const paths = [
        ...(istiod.version === null ? ['/version'] : []),
        ...(istiod.syncz === null ? ['/debug/syncz'] : []),
      ];
      const what = `istiod ${istiod.namespace}/${istiod.pod} ${paths.join(' and ')}`;
      return { what, why: istiod.error || 'no answer' };
    })
    .sort((a, b) => compareText(a.what, b.what));
  return [...lists, ...silent];
}
