/** Pods that should have a sidecar and have none, and namespaces that their control plane does not look at. */
import type { SelectorFact } from '../../../mesh/facts.ts';
import { matches } from '../../../mesh/selectors.ts';
import { plural } from '../../../report/words.ts';
import type { Check, Finding } from '../../check.ts';
import { listed } from '../data-plane/words.ts';
import { objectOf } from './labels.ts';

/** Pods without a sidecar. */
export const runningPodsAreInjected: Check = {
  id: 'ML-I011',
  title: 'every running pod that would be injected has its proxy',
  looksAt: 'Running pods without istio-proxy of workloads whose next pods would be injected.',
  why: 'They started while no injector answered, or before the namespace was labelled. The restart of the upgrade brings them into the mesh: a change of its own, with mTLS and policies, in the middle of another.',
  remedy:
    'Restart them before the upgrade and see that they work in the mesh, or keep them out on purpose (sidecar.istio.io/inject=false).',
  source: 'istio/istio issues 40134, 44157; linkerd/linkerd2 issue 13702',
  severities: ['warns'],
  needs: ['pods', 'namespaces', 'mutatingWebhooks'],
  pains: ['P18'],
  run: ({ mesh }) =>
    mesh.workloads.flatMap((workload): Finding[] => {
      const { kind, injection, pods, proxies, namespace, name } = workload;
      const without = pods - proxies;
      if (injection.outcome !== 'injected' || without <= 0) return [];
      const restart =
        kind === 'Deployment' || kind === 'StatefulSet' || kind === 'DaemonSet'
          ? `kubectl -n ${namespace} rollout restart ${kind.toLowerCase()} ${name}`
          : `Renew ${namespace}/${name} with what made it`;
      return [
        {
          ...{ severity: 'warns', object: objectOf(workload), field: 'spec.containers[istio-proxy]', value: '' },
          message: `${plural(without, 'pod')} of ${String(pods)} ${without === 1 ? 'runs' : 'run'} without a proxy, though revision ${injection.revision ?? ''} would inject new ones.`,
          why: 'The next restart brings them into the mesh; until then STRICT mTLS refuses them.',
          remedy: `${restart}, or to keep it out: label its template sidecar.istio.io/inject=false`,
        },
      ];
    }),
};

/** Selectors of mesh config's discoverySelectors; null when there are none, which selects everything. */
function discoverySelectors(meshConfig: Readonly<Record<string, unknown>>): readonly SelectorFact[] | null {
  const found = meshConfig['discoverySelectors'];
  if (!Array.isArray(found) || found.length === 0) return null;
  return found.map((one: unknown) => {
    const { matchLabels = {}, matchExpressions = [] } = record(one);
    return {
      matchLabels: Object.fromEntries(Object.entries(record(matchLabels)).map(([key, value]) => [key, String(value)])),
      matchExpressions: (Array.isArray(matchExpressions) ? matchExpressions : []).map(requirement),
    };
  });
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function requirement(value: unknown): SelectorFact['matchExpressions'][number] {
  const { key, operator, values } = record(value);
  return { key: String(key), operator: String(operator), values: Array.isArray(values) ? values.map(String) : [] };
}

/** Discovery selectors. */
export const injectedNamespacesAreDiscovered: Check = {
  id: 'ML-I012',
  title: 'every namespace with sidecars is one that its control plane looks at',
  looksAt:
    'meshConfig.discoverySelectors of the control plane that injects a namespace, against the labels of the namespace.',
  why: 'istiod puts ConfigMap istio-ca-root-cert only into namespaces that it looks at: pods elsewhere get a sidecar and wait for that ConfigMap for ever (Init:0/1), and the others do not see their Services.',
  remedy:
    'Label the namespace so that discoverySelectors select it, and keep the selectors the same in all revisions while two run.',
  source: 'istio/istio issues 52988, 56594, 59564; istio.io discovery-selectors',
  severities: ['blocks'],
  needs: ['namespaces', 'mutatingWebhooks', 'configMaps'],
  pains: ['P23'],
  run: ({ mesh, look }) => {
    const users = mesh.workloads.filter(
      ({ injection, role }) => injection.outcome === 'injected' && role === 'sidecar',
    );
    const places = new Map(
      users.map(({ namespace, injection }) => [`${namespace} ${injection.revision ?? ''}`, injection.revision]),
    );
    return [...places].flatMap(([key, revision]): Finding[] => {
      const namespace = key.split(' ')[0] ?? '';
      const plane = mesh.controlPlanes.find((one) => one.revision === revision);
      const config = plane?.meshConfig ?? null;
      const selectors = config === null ? null : discoverySelectors(config);
      const labels = look.namespace(namespace)?.meta.labels;
      if (selectors === null || labels === undefined || plane === undefined) return [];
      const own = { 'kubernetes.io/metadata.name': namespace, ...labels };
      if (selectors.some((selector) => matches(selector, own) !== false)) return [];
      const names = users.filter((one) => one.namespace === namespace).map(({ name }) => name);
      const wanted = Object.entries(selectors[0]?.matchLabels ?? {}).map(([name, value]) => `${name}=${value}`);
      return [
        {
          ...{ severity: 'blocks', object: { kind: 'Namespace', namespace: '', name: namespace } },
          ...{ field: 'metadata.labels', value: '' },
          message: `Revision ${plane.revision} injects ${listed(names)}, but its discoverySelectors leave the namespace out.`,
          why: 'Restarted pods wait for ConfigMap istio-ca-root-cert, and others do not find their Services.',
          remedy: `kubectl label namespace ${namespace} ${wanted.join(' ') || 'KEY=VALUE'}`,
        },
      ];
    });
  },
};
