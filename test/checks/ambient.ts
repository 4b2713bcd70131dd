import * as build from '../mesh-facts.ts';
import {
  attachedFact,
  configMapFact,
  deliveryFact,
  fit,
  gatewayFact,
  namespaceFact,
  nodeFact,
} from '../fact-defaults.ts';
import type {
  AuthorizationPolicyFact,
  Facts,
  Labels,
  PodFact,
  ServiceEntryFact,
  WorkloadFact,
} from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';

const system = 'istio-system';
const critical = { ...fit, priorityClass: 'system-node-critical' };

function ztunnel(version: string, over: Partial<WorkloadFact> = {}): WorkloadFact {
  const dials = `istiod-${build.revisionOf('1.29.6')}.istio-system.svc`;
  const proxy = { image: `istio/ztunnel:${version}`, form: 'classic', role: 'ztunnel', dials } as const;
  const template = build.template({
    labels: { app: 'ztunnel' },
    images: { 'istio-proxy': proxy.image },
    proxy,
    fitness: critical,
  });
  return build.workload('DaemonSet', system, 'ztunnel', {
    ...{ selector: { app: 'ztunnel' }, template, maxSurge: '1', maxUnavailable: '0', ...over },
  });
}

function cni(version: string, over: Partial<WorkloadFact> = {}): WorkloadFact {
  const labels = { 'k8s-app': 'istio-cni-node' };
  const template = build.template({
    labels,
    images: { 'install-cni': `istio/install-cni:${version}` },
    fitness: critical,
  });
  return build.workload('DaemonSet', system, 'istio-cni-node', {
    ...{ selector: labels, template, maxSurge: '0', maxUnavailable: '1', ...over },
  });
}

const agentPods: readonly PodFact[] = [
  build.pod(system, 'ztunnel-a', {
    meta: build.meta(system, 'ztunnel-a', { app: 'ztunnel' }),
    proxy: { image: 'istio/ztunnel:1.29.6', form: 'classic', role: 'ztunnel', dials: '' },
  }),
  build.pod(system, 'cni-a', {
    meta: build.meta(system, 'cni-a', { 'k8s-app': 'istio-cni-node' }),
    cniImage: 'x:1.29.6',
  }),
];
const redirection = 'ambient.istio.io/redirection';
const inMesh = (state: string, namespace = 'shop', over: Partial<PodFact> = {}): PodFact =>
  build.pod(namespace, 'web-0', {
    meta: build.meta(namespace, 'web-0', {}, state === '' ? {} : { [redirection]: state }),
    ...over,
  });
const enrolled = (name: string, labels: Labels = {}) =>
  namespaceFact(build.meta('', name, { 'istio.io/dataplane-mode': 'ambient', ...labels }));

interface World {
  readonly istiod?: string;
  readonly sets?: readonly WorkloadFact[];
  readonly pods?: readonly PodFact[];
  readonly settings?: Labels;
  readonly given?: Partial<Facts>;
}

// A healthy ambient mesh of one node with one enrolled pod.
function world({ istiod = '1.29.6', sets, pods, settings = {}, given = {} }: World = {}): Facts {
  return build.cluster([build.plane(istiod)], [], {
    daemonSets: build.read(...(sets ?? [cni('1.29.6'), ztunnel('1.29.6')])),
    pods: build.read(...(pods ?? [...agentPods, inMesh('enabled')])),
    namespaces: build.read(enrolled('shop')),
    nodes: build.read(nodeFact(build.meta('', 'node-1'))),
    configMaps: build.read(configMapFact(build.meta(system, 'istio-cni-config'), { settings })),
    ...given,
  });
}

const to = { to: '1.30.3', strategy: 'in-place' } as const;
const onZtunnel = 'DaemonSet istio-system/ztunnel';
const onCni = 'DaemonSet istio-system/istio-cni-node';
const at = (istiod: string, cniVersion: string, ztunnelVersion: string, given: Partial<Facts> = {}): Facts =>
  world({ istiod, sets: [cni(cniVersion), ztunnel(ztunnelVersion)], given });
const sidecars = (version: string): Facts => build.cluster([build.plane(version)], []);

const versions: readonly CheckCase[] = [
  fires('ML-A001', 'ztunnel is newer than istiod', at('1.29.6', '1.29.6', '1.30.3'), [['warns', onZtunnel]]),
  fires('ML-A001', 'istio-cni is two minors behind', at('1.29.6', '1.27.9', '1.29.6'), [['warns', onCni]]),
  silent('ML-A001', 'both are one minor behind', at('1.30.3', '1.29.6', '1.29.6')),
  unseen('ML-A001', 'an image without a version', at('1.29.6', '1.29.6', 'latest')),
  fires('ML-A002', 'two minors at once', at('1.28.6', '1.28.6', '1.28.6'), [['warns', onZtunnel]], { to: '1.30.3' }),
  silent('ML-A002', 'one after the other', at('1.28.6', '1.28.6', '1.28.6'), to),
  silent('ML-A002', 'sidecars only', sidecars('1.28.6'), { to: '1.30.3' }),
  fires('ML-A017', 'istio-cni goes to 1.27.0', at('1.26.8', '1.26.8', '1.26.8'), [['warns', onCni]], {
    ...to,
    to: '1.27.0',
  }),
  silent('ML-A017', 'it goes to a later patch', at('1.26.8', '1.26.8', '1.26.8'), { ...to, to: '1.27.9' }),
];

const many = (count: number): readonly PodFact[] =>
  Array.from({ length: count }, (_unused, index) => inMesh('enabled', 'shop', { uid: String(index) }));
const withEnv = (env: Labels, facts: Facts): Facts => ({
  ...facts,
  deployments: build.read(...facts.deployments.items.map((one) => ({ ...one, template: { ...one.template, env } }))),
});
const large = world({ istiod: '1.30.3', pods: [...agentPods, ...many(31_000)] });
const istiod30 = 'Deployment istio-system/istiod-1-30-3';
const quota = (hard: string, used: string, namespace = system) => ({
  ...{ meta: build.meta(namespace, 'critical'), hard: { pods: hard }, used: { pods: used }, scoped: true },
});
const unimportant = ztunnel('1.29.6');
const noPriority = { ...unimportant, template: { ...unimportant.template, fitness: fit } };
const surging = (over: Partial<WorkloadFact>): Facts => world({ sets: [cni('1.29.6'), ztunnel('1.29.6', over)] });

const replacing: readonly CheckCase[] = [
  fires('ML-A003', 'ztunnel will be another', world(), [['warns', onZtunnel]], to),
  silent('ML-A003', 'it is of the target already', at('1.29.6', '1.29.6', '1.30.3'), to),
  silent('ML-A003', 'no pod is in the ambient mesh', world({ pods: agentPods }), to),
  fires('ML-A004', 'no surge', surging({ maxSurge: '0', maxUnavailable: '1' }), [['blocks', onZtunnel]]),
  fires('ML-A004', 'OnDelete', surging({ strategy: 'OnDelete', maxSurge: '' }), [['warns', onZtunnel]]),
  silent('ML-A004', 'a surge of one', world()),
  fires('ML-A020', 'no priority class', world({ sets: [cni('1.29.6'), noPriority] }), [['warns', onZtunnel]]),
  silent('ML-A020', 'that of the charts', world()),
  fires('ML-A021', 'the quota is the number of nodes', world({ given: { quotas: build.read(quota('2', '2')) } }), [
    ['warns', 'ResourceQuota istio-system/critical'],
  ]),
  silent('ML-A021', 'one more fits', world({ given: { quotas: build.read(quota('3', '2')) } })),
  silent(
    'ML-A021',
    'the quota of another namespace',
    world({ given: { quotas: build.read(quota('2', '2', 'shop')) } }),
  ),
  fires('ML-A015', 'very many pods', large, [['blocks', istiod30]], { ...to, to: '1.31.1' }),
  silent('ML-A015', 'the limit was raised', withEnv({ ISTIO_GPRC_MAXRECVMSGSIZE: '33554432' }, large), {
    ...to,
    to: '1.31.1',
  }),
  silent('ML-A015', 'a small mesh', world({ istiod: '1.30.3' }), { ...to, to: '1.31.1' }),
  silent('ML-A015', 'the target is older', large, { ...to, to: '1.30.5' }),
];

const [ztunnelPod, cniPod] = agentPods;
const without = (pod: PodFact | undefined): Facts =>
  world({ pods: [...agentPods.filter((one) => one !== pod), inMesh('enabled')] });
const keyed = (key: string, settings: Labels): Facts => {
  const fact = cni('1.29.6');
  const template = { ...fact.template, configKeys: [`istio-cni-config/${key}`] };
  return world({ sets: [{ ...fact, template }, ztunnel('1.29.6')], settings });
};

const nodes: readonly CheckCase[] = [
  fires('ML-A005', 'no ztunnel on the node', without(ztunnelPod), [['blocks', 'Node node-1']]),
  silent('ML-A005', 'a ready one', world()),
  silent('ML-A005', 'no ambient pod is there', world({ pods: [] })),
  fires('ML-A006', 'no istio-cni on the node', without(cniPod), [['blocks', 'Node node-1']]),
  fires('ML-A006', 'istio-cni is not installed', world({ sets: [ztunnel('1.29.6')] }), [['blocks', onCni]]),
  silent('ML-A006', 'a ready one', world()),
  fires('ML-A007', 'a new template reaches no node', surging({ updatedReplicas: 0 }), [['warns', onZtunnel]]),
  silent('ML-A007', 'OnDelete says nothing of new templates', surging({ updatedReplicas: null, strategy: 'OnDelete' })),
  silent('ML-A007', 'all is ready', world()),
  fires('ML-A008', 'a key is missing', keyed('CNI_NETWORK_CONFIG', {}), [['blocks', onCni]]),
  silent('ML-A008', 'the key is there', keyed('CNI_NETWORK_CONFIG', { CNI_NETWORK_CONFIG: 'DROPPED' })),
  silent('ML-A008', 'a key of old that facts do not show, and all pods run', keyed('cni_network_config', {})),
  fires('ML-A009', 'a pod is pending', world({ pods: [...agentPods, inMesh('pending')] }), [
    ['warns', 'Namespace shop'],
  ]),
  silent('ML-A009', 'it is redirected', world()),
  fires('ML-A010', 'a pod is outside', world({ pods: [...agentPods, inMesh('')] }), [['warns', 'Namespace shop']]),
  silent('ML-A010', 'its namespace is not enrolled', world({ pods: [...agentPods, inMesh('', 'plain')] })),
  silent(
    'ML-A010',
    'it uses the network of the node',
    world({ pods: [...agentPods, inMesh('', 'shop', { hostNetwork: true })] }),
  ),
  silent(
    'ML-A010',
    'istio-cni leaves the namespace out',
    world({ pods: [...agentPods, inMesh('')], settings: { EXCLUDE_NAMESPACES: 'shop' } }),
  ),
];

const nft = (own: string, other: string): Facts =>
  world({
    given: {
      configMaps: build.read(
        configMapFact(build.meta(system, 'istio-cni-config'), { settings: { NATIVE_NFTABLES: own } }),
        configMapFact(build.meta(system, 'istio-sidecar-injector-1-29-6'), {
          values: { 'global.nativeNftables': other },
        }),
      ),
    },
  });
const tainted = nodeFact(build.meta('', 'node-2'), { taints: ['cni.istio.io/not-ready:NoSchedule'] });
const onSettings = 'ConfigMap istio-system/istio-cni-config';

const setup: readonly CheckCase[] = [
  fires('ML-A022', 'the values differ', nft('false', 'true'), [['warns', onSettings]]),
  silent('ML-A022', 'they agree', nft('true', 'true')),
  fires('ML-A023', 'repair is off', world({ settings: { REPAIR_ENABLED: 'false' } }), [['warns', onSettings]]),
  fires(
    'ML-A023',
    'repair in place, in 1.27.0',
    {
      ...at('1.27.9', '1.27.0', '1.27.0'),
      configMaps: build.read(
        configMapFact(build.meta(system, 'istio-cni-config'), { settings: { REPAIR_REPAIR_PODS: 'true' } }),
      ),
    },
    [['warns', onSettings]],
  ),
  fires('ML-A023', 'a node waits', world({ given: { nodes: build.read(tainted) } }), [['warns', 'Node node-2']]),
  silent('ML-A023', 'repair in place', world({ settings: { REPAIR_ENABLED: 'true', REPAIR_REPAIR_PODS: 'true' } })),
  fires('ML-A025', 'the safe upgrade is off', world({ settings: { AMBIENT_DISABLE_SAFE_UPGRADE: 'true' } }), [
    ['warns', onCni],
  ]),
  silent('ML-A025', 'it is on', world({ settings: { AMBIENT_DISABLE_SAFE_UPGRADE: 'false' } })),
];

const policy = (dryRun: string): AuthorizationPolicyFact => ({
  ...attachedFact(build.meta('shop', 'deny', {}, { 'istio.io/dry-run': dryRun })),
  action: 'DENY',
});
const asked = { AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY: 'true' };
const dry = (version: string, dryRun: string, env: Labels): Facts =>
  withEnv(env, at('1.29.6', version, version, { authorizationPolicies: build.read(policy(dryRun)) }));
const entry = (resolution: string): ServiceEntryFact => ({
  ...attachedFact(build.meta('shop', 'db'), { spec: { resolution, hosts: ['db.example'] } }),
  ...{ hosts: ['db.example'], exportTo: [], resolution, location: '', addresses: 0, movesPort: false },
});
const released = (release: string): Facts =>
  world({
    istiod: '1.24.6',
    sets: [ztunnel('1.24.6', { meta: build.meta(system, 'ztunnel', {}, { 'meta.helm.sh/release-name': release }) })],
  });
const application = (name: string, chart: string, wave: string | null, automated = true) =>
  deliveryFact(
    'Application',
    build.meta('argocd', name, {}, wave === null ? {} : { 'argocd.argoproj.io/sync-wave': wave }),
    {
      ...{ charts: [`${chart} 1.29.6`], automated },
    },
  );
const delivered = (wave: string | null, automated = true): Facts =>
  world({
    given: {
      deliveries: build.read(
        application('istiod', 'istiod', null, automated),
        application('mesh-l4', 'ztunnel', wave, automated),
      ),
    },
  });

const changes: readonly CheckCase[] = [
  fires(
    'ML-A011',
    'an enrolled namespace is left out',
    world({ settings: { EXCLUDE_NAMESPACES: 'kube-system,shop' } }),
    [['blocks', 'Namespace shop']],
    to,
  ),
  silent(
    'ML-A011',
    'only namespaces that are not enrolled',
    world({ settings: { EXCLUDE_NAMESPACES: 'kube-system' } }),
    to,
  ),
  silent(
    'ML-A011',
    '1.30 is behind',
    {
      ...at('1.30.3', '1.30.3', '1.30.3'),
      configMaps: build.read(
        configMapFact(build.meta(system, 'istio-cni-config'), { settings: { EXCLUDE_NAMESPACES: 'shop' } }),
      ),
    },
    { ...to, to: '1.31.1' },
  ),
  unseen('ML-A011', 'its settings were not read', world({ given: { configMaps: build.read() } }), to),
  fires('ML-A012', 'ztunnel is 1.28', dry('1.28.6', 'true', asked), [['blocks', 'AuthorizationPolicy shop/deny']]),
  silent('ML-A012', 'ztunnel is 1.29', dry('1.29.6', 'true', asked)),
  silent('ML-A012', 'the flag is not set', dry('1.28.6', 'true', {})),
  silent('ML-A012', 'the policy is meant', dry('1.28.6', 'false', asked)),
  fires(
    'ML-A013',
    'resolution NONE',
    at('1.27.9', '1.27.9', '1.27.9', { serviceEntries: build.read(entry('NONE')) }),
    [['warns', 'ServiceEntry shop/db']],
    { ...to, to: '1.28.10' },
  ),
  silent('ML-A013', 'resolution DNS', at('1.27.9', '1.27.9', '1.27.9', { serviceEntries: build.read(entry('DNS')) }), {
    ...to,
    to: '1.28.10',
  }),
  silent(
    'ML-A013',
    'a mesh of sidecars',
    { ...sidecars('1.27.9'), serviceEntries: build.read(entry('NONE')) },
    { ...to, to: '1.28.10' },
  ),
  fires('ML-A014', 'its release is called otherwise', released('mesh-l4'), [['blocks', onZtunnel]], {
    ...to,
    to: '1.25.5',
  }),
  fires('ML-A014', 'Argo CD renders it under another name', delivered(null), [['blocks', onZtunnel]], {
    ...to,
    to: '1.25.5',
  }),
  silent('ML-A014', 'its release is called ztunnel', released('ztunnel'), { ...to, to: '1.25.5' }),
  fires('ML-A016', 'packet rules are renewed', at('1.28.6', '1.28.6', '1.28.6'), [['warns', onZtunnel]], {
    ...to,
    to: '1.29.8',
  }),
  silent(
    'ML-A016',
    'istio-cni renews them already',
    world({
      ...{ istiod: '1.28.6', sets: [cni('1.28.6'), ztunnel('1.28.6')] },
      settings: { AMBIENT_RECONCILE_POD_RULES_ON_STARTUP: 'true' },
    }),
    { ...to, to: '1.29.8' },
  ),
  silent('ML-A016', 'sidecars only', sidecars('1.28.6'), { ...to, to: '1.29.8' }),
  fires('ML-A024', 'nothing waits for anything', delivered(null), [['warns', 'Application argocd/mesh-l4']]),
  silent('ML-A024', 'waves', delivered('3')),
  silent('ML-A024', 'a person syncs', delivered(null, false)),
];

const wayDeployment = (ready: number): WorkloadFact =>
  build.workload('Deployment', 'shop', 'way', {
    meta: build.meta('shop', 'way', {
      ...{ 'gateway.istio.io/managed': 'istio.io-mesh-controller', 'gateway.networking.k8s.io/gateway-name': 'way' },
    }),
    readyReplicas: ready,
  });
const waypoint = (ready: number, labels: Labels): Facts =>
  world({
    given: {
      namespaces: build.read(enrolled('shop', labels)),
      deployments: build.read(wayDeployment(ready)),
      gateways: build.read(gatewayFact(build.meta('shop', 'way'), { className: 'istio-waypoint' })),
      gatewayClasses: build.read({ meta: build.meta('', 'istio-waypoint'), controller: 'istio.io/mesh-controller' }),
    },
  });
const uses = { 'istio.io/use-waypoint': 'way' };

const waypoints: readonly CheckCase[] = [
  fires('ML-A018', 'no pod is ready, and it is used', waypoint(0, uses), [['blocks', 'Gateway shop/way']]),
  fires('ML-A018', 'no pod is ready, and nothing uses it', waypoint(0, {}), [['warns', 'Gateway shop/way']]),
  silent('ML-A018', 'one is ready', waypoint(1, uses)),
  fires('ML-A019', 'the label names another', waypoint(1, { 'istio.io/use-waypoint': 'gone' }), [
    ['warns', 'Namespace shop'],
  ]),
  fires(
    'ML-A019',
    'one of another namespace that is not there',
    waypoint(1, { ...uses, 'istio.io/use-waypoint-namespace': 'infra' }),
    [['warns', 'Namespace shop']],
  ),
  silent('ML-A019', 'it is there', waypoint(1, uses)),
  silent('ML-A019', 'none is wanted', waypoint(1, { 'istio.io/use-waypoint': 'none' })),
];

/** Cases of this family's checks. */
export const ambientCases: readonly CheckCase[] = [
  ...versions,
  ...replacing,
  ...nodes,
  ...setup,
  ...changes,
  ...waypoints,
];
