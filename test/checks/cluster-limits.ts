import { namespaceFact } from '../fact-defaults.ts';
import { notRead } from '../facts.ts';
import { cluster, injected, injector, meta, plane, read, template, workload } from '../mesh-facts.ts';
import type { Facts, Labels, LimitRangeFact, NetworkPolicyFact, QuotaFact } from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';

const labels = { app: 'web' };

/** A control plane, and one workload with a sidecar of 100m and 128Mi in namespace shop. */
function mesh(given: Partial<Facts> = {}, shop: Labels = {}, terminating: readonly string[] = []): Facts {
  const made = injected('shop', 'web-0', '1.29.6', { requests: { cpuMillis: 200, memoryBytes: 2 ** 28 } });
  const web = {
    ...made,
    meta: { ...made.meta, labels, owner: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
  };
  const names = ['shop', 'istio-system', 'idle'];
  return cluster([plane('1.29.6')], [injector('1.29.6')], {
    ...given,
    pods: read(web),
    namespaces: read(
      ...names.map((name) =>
        namespaceFact(meta('', name, name === 'shop' ? { 'istio.io/rev': '1-29-6', ...shop } : {}), {
          terminating: terminating.includes(name),
        }),
      ),
    ),
    deployments: read(workload('Deployment', 'shop', 'web', { template: template({ labels }) })),
  });
}

const quota = (namespace: string, hard: Labels, used: Labels, over: Partial<QuotaFact> = {}): Facts =>
  mesh({ quotas: read({ meta: meta(namespace, 'q'), hard, used, scoped: false, ...over }) });

type Limit = LimitRangeFact['limits'][number];
const range = (namespace: string, limit: Partial<Limit>): Facts =>
  mesh({
    limitRanges: read({
      meta: meta(namespace, 'r'),
      limits: [{ type: 'Container', max: {}, min: {}, defaultRequest: {}, ...limit }],
    }),
  });

const enforce = 'pod-security.kubernetes.io/enforce';
const cni = workload('DaemonSet', 'istio-system', 'istio-cni-node', {
  meta: meta('istio-system', 'istio-cni-node', { 'k8s-app': 'istio-cni-node' }),
  template: template({ images: { 'install-cni': 'istio/install-cni:1.29.6' } }),
});
const cniUnder = (level: string): Facts => {
  const facts = mesh({ daemonSets: read(cni) });
  const namespaces = facts.namespaces.items.map((one) =>
    one.meta.name === 'istio-system' ? { ...one, meta: meta('', 'istio-system', { [enforce]: level }) } : one,
  );
  return { ...facts, namespaces: read(...namespaces) };
};

const policy = (
  name: string,
  selector: Labels,
  ingressPorts: readonly string[],
  own: Labels = {},
): NetworkPolicyFact => ({
  meta: meta('istio-system', name, own),
  selector: { matchLabels: selector, matchExpressions: [] },
  ...{ types: ['Ingress'], ingressPorts, anyIngressPort: false },
});
const deny = policy('deny', {}, []);
const istiod = { app: 'istiod' };
const oldOnly = { ...istiod, 'istio.io/rev': '1-29-6' };
const ports = ['15012', '15017'];
const policies = (...items: readonly NetworkPolicyFact[]): Facts => mesh({ networkPolicies: read(...items) });
const to = { to: '1.30.3' };
const inPlace = { to: '1.30.3', strategy: 'in-place' } as const;

/** Cases about quotas, limits and admission. */
export const limitCases: readonly CheckCase[] = [
  fires(
    'ML-C008',
    'no pod is left for the new control plane',
    quota('istio-system', { pods: '1' }, { pods: '1' }),
    [['blocks', 'ResourceQuota istio-system/q']],
    to,
  ),
  fires(
    'ML-C008',
    'no Service is left for it',
    quota('istio-system', { 'count/services': '3' }, { 'count/services': '3' }),
    [['blocks', 'ResourceQuota istio-system/q']],
    to,
  ),
  silent(
    'ML-C008',
    'in place no Service is added',
    quota('istio-system', { 'count/services': '3' }, { 'count/services': '3' }),
    inPlace,
  ),
  fires(
    'ML-C008',
    'a rollout has too little CPU left',
    quota('shop', { 'requests.cpu': '1' }, { 'requests.cpu': '850m' }),
    [['warns', 'ResourceQuota shop/q']],
  ),
  silent('ML-C008', 'just enough CPU is left', quota('shop', { 'requests.cpu': '1' }, { 'requests.cpu': '800m' })),
  silent('ML-C008', 'without a target no control plane is added', quota('istio-system', { pods: '1' }, { pods: '1' })),
  silent('ML-C008', 'a namespace outside of the mesh', quota('idle', { pods: '1' }, { pods: '1' })),
  unseen('ML-C008', 'a quota with scopes', quota('shop', { pods: '1' }, { pods: '1' }, { scoped: true })),
  fires('ML-C009', 'one core at most', range('shop', { max: { cpu: '1' } }), [['warns', 'LimitRange shop/r']]),
  fires('ML-C009', 'at least 256Mi', range('shop', { min: { memory: '256Mi' } }), [['warns', 'LimitRange shop/r']]),
  fires('ML-C009', 'a pod may have half a gibibyte', range('shop', { type: 'Pod', max: { memory: '512Mi' } }), [
    ['warns', 'LimitRange shop/r'],
  ]),
  silent('ML-C009', 'exactly the limits of the chart', range('shop', { max: { cpu: '2', memory: '1Gi' } })),
  silent(
    'ML-C009',
    'of claims, not of containers',
    range('shop', { type: 'PersistentVolumeClaim', max: { memory: '1Mi' } }),
  ),
  silent('ML-C009', 'a namespace without sidecars', range('idle', { max: { cpu: '1' } })),
  fires('ML-C010', 'baseline without istio-cni', mesh({}, { [enforce]: 'baseline' }), [['blocks', 'Namespace shop']]),
  silent('ML-C010', 'baseline with istio-cni', mesh({ daemonSets: read(cni) }, { [enforce]: 'baseline' })),
  silent('ML-C010', 'privileged', mesh({}, { [enforce]: 'privileged' })),
  silent('ML-C010', 'it only warns', mesh({}, { 'pod-security.kubernetes.io/warn': 'restricted' })),
  unseen('ML-C010', 'DaemonSets were not read', mesh({ daemonSets: notRead() }, { [enforce]: 'restricted' })),
  fires('ML-C010', 'istio-cni under baseline', cniUnder('baseline'), [
    ['blocks', 'DaemonSet istio-system/istio-cni-node'],
  ]),
  silent('ML-C010', 'istio-cni under privileged', cniUnder('privileged')),
  fires('ML-C011', 'that of the control plane', mesh({}, {}, ['istio-system']), [['blocks', 'Namespace istio-system']]),
  fires('ML-C011', 'that of a workload', mesh({}, {}, ['shop']), [['informs', 'Namespace shop']]),
  silent('ML-C011', 'one that is not of the mesh', mesh({}, {}, ['idle'])),
  fires(
    'ML-C012',
    'opened for the old revision only',
    policies(deny, policy('open', oldOnly, ports)),
    [['blocks', 'NetworkPolicy istio-system/open']],
    to,
  ),
  silent('ML-C012', 'opened for every istiod', policies(deny, policy('open', istiod, ports)), to),
  silent('ML-C012', 'nothing is denied otherwise', policies(policy('open', oldOnly, ports)), to),
  silent(
    'ML-C012',
    'the chart makes one for each revision',
    policies(deny, policy('open', oldOnly, ports, { 'istio.io/rev': '1-29-6' })),
    to,
  ),
  silent('ML-C012', 'in place the labels stay', policies(deny, policy('open', oldOnly, ports)), inPlace),
  silent('ML-C012', 'shut for the old one too', policies(deny, policy('open', oldOnly, ['8080'])), to),
];
