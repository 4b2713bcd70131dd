/** Facts of an ambient mesh: istio-cni and ztunnel on one node, and a namespace that is enrolled. */
import * as build from '../mesh-facts.ts';
import { configMapFact, fit, namespaceFact, nodeFact } from '../fact-defaults.ts';
import type { Facts, Labels, PodFact, WorkloadFact } from '../../src/mesh/facts.ts';

/** Namespace of the control plane. */
export const system = 'istio-system';
const critical = { ...fit, priorityClass: 'system-node-critical' };

/** DaemonSet of ztunnel of that version, as the charts make it. */
export function ztunnel(version: string, over: Partial<WorkloadFact> = {}): WorkloadFact {
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

/** DaemonSet of istio-cni of that version, as the charts make it. */
export function cni(version: string, over: Partial<WorkloadFact> = {}): WorkloadFact {
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

/** The pods of both on the node: ztunnel first. */
export const agentPods: readonly PodFact[] = [
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
/** A pod with this state in its redirection annotation; without the annotation when the state is empty. */
export const inMesh = (state: string, namespace = 'shop', over: Partial<PodFact> = {}): PodFact =>
  build.pod(namespace, 'web-0', {
    meta: build.meta(namespace, 'web-0', {}, state === '' ? {} : { [redirection]: state }),
    ...over,
  });

/** A namespace in the ambient mesh. */
export const enrolled = (name: string, labels: Labels = {}) =>
  namespaceFact(build.meta('', name, { 'istio.io/dataplane-mode': 'ambient', ...labels }));

/** What differs from a healthy mesh. */
interface World {
  readonly istiod?: string;
  readonly sets?: readonly WorkloadFact[];
  readonly pods?: readonly PodFact[];
  readonly settings?: Labels;
  readonly given?: Partial<Facts>;
}

/** A healthy ambient mesh of one node with one enrolled pod. */
export function world({ istiod = '1.29.6', sets, pods, settings = {}, given = {} }: World = {}): Facts {
  return build.cluster([build.plane(istiod)], [], {
    daemonSets: build.read(...(sets ?? [cni('1.29.6'), ztunnel('1.29.6')])),
    pods: build.read(...(pods ?? [...agentPods, inMesh('enabled')])),
    namespaces: build.read(enrolled('shop')),
    nodes: build.read(nodeFact(build.meta('', 'node-1'))),
    configMaps: build.read(configMapFact(build.meta(system, 'istio-cni-config'), { settings })),
    ...given,
  });
}

/** The mesh with these versions; the pods of the agents stay. */
export const at = (istiod: string, cniVersion: string, ztunnelVersion: string, given: Partial<Facts> = {}): Facts =>
  world({ istiod, sets: [cni(cniVersion), ztunnel(ztunnelVersion)], given });
/** The mesh with a ztunnel that differs. */
export const surging = (over: Partial<WorkloadFact>): Facts =>
  world({ sets: [cni('1.29.6'), ztunnel('1.29.6', over)] });
/** A mesh of sidecars. */
export const sidecars = (version: string): Facts => build.cluster([build.plane(version)], []);

/** The same with these variables in the containers of its Deployments. */
export const withEnv = (env: Labels, facts: Facts): Facts => ({
  ...facts,
  deployments: build.read(...facts.deployments.items.map((one) => ({ ...one, template: { ...one.template, env } }))),
});

/** One step in place. */
export const to = { to: '1.30.3', strategy: 'in-place' } as const;
/** Name of ztunnel in a finding. */
export const onZtunnel = 'DaemonSet istio-system/ztunnel';
/** Name of istio-cni in a finding. */
export const onCni = 'DaemonSet istio-system/istio-cni-node';
