/** base, istio-cni and ztunnel. */
import type { Component, Components } from './component-model.ts';
import type { Facts, MetaFact, PodFact, WorkloadFact } from './facts.ts';
import { ownerOf } from './owner.ts';
import { proxyRole } from './proxies.ts';
import { imageVersion } from './versions.ts';
import { compareText, type WorkloadIndex } from './workload-index.ts';

const VALIDATOR = 'istiod-default-validator';
const VERSION_LABEL = 'app.kubernetes.io/version';
const CNI_CONTAINER = 'install-cni';
const ISTIO_GROUPS = ['networking', 'security', 'telemetry', 'extensions'].map((group) => `.${group}.istio.io`);

/** The parts; null for one that is not there or could not be read. */
export function components(facts: Facts, index: WorkloadIndex): Components {
  return { base: base(facts), cni: cni(facts, index), ztunnel: ztunnel(facts, index) };
}

/** Whether a pod is istio-cni's (cni chart). */
export function isCniPod({ meta }: PodFact): boolean {
  return isCni(meta.labels);
}

/** Whether a pod is ztunnel's. */
export function isZtunnelPod(pod: PodFact): boolean {
  return pod.proxy !== null && proxyRole(pod) === 'ztunnel';
}

function isCni(labels: Readonly<Record<string, string>>): boolean {
  return labels['k8s-app'] === 'istio-cni-node';
}

function base(facts: Facts): Components['base'] {
  const crds = facts.crds.items.filter(({ meta }) => ISTIO_GROUPS.some((group) => meta.name.endsWith(group)));
  const validator = facts.validatingWebhooks.items.find(({ meta }) => meta.name === VALIDATOR);
  const metas = [...(validator ? [validator.meta] : []), ...crds.map(({ meta }) => meta)];
  // The default tag of istioctl makes the same validator from other charts: then the CRDs tell.
  const source = metas.find((meta) => chartVersion(meta) !== null) ?? metas[0];
  if (!source) return null;
  const version = chartVersion(source) ?? source.labels[VERSION_LABEL] ?? null;
  return { version, owner: ownerOf(source, facts.helmReleases), crds: crds.length };
}

function chartVersion({ labels }: MetaFact): string | null {
  return /^base-(.+)$/.exec(labels['helm.sh/chart'] ?? '')?.[1] ?? null;
}

function cni(facts: Facts, index: WorkloadIndex): Component | null {
  const fact = daemonSet(facts, ({ meta, template }) => isCni(meta.labels) || isCni(template.labels));
  if (!fact) return null;
  const version = imageVersion(fact.template.images[CNI_CONTAINER] ?? '') ?? agentVersion(facts, fact.meta.namespace);
  return component(facts, index, fact, { version, ofPod: ({ cniImage }) => imageVersion(cniImage) });
}

function agentVersion(facts: Facts, namespace: string): string | null {
  const config = facts.configMaps.items.find(
    ({ meta }) => meta.namespace === namespace && meta.name === 'istio-cni-config',
  );
  // It holds the image tag as it is.
  return config?.cniVersion ? imageVersion(`cni:${config.cniVersion}`) : null;
}

function ztunnel(facts: Facts, index: WorkloadIndex): Component | null {
  const fact = daemonSet(
    facts,
    ({ template }) => template.proxy?.role === 'ztunnel' || template.labels['app'] === 'ztunnel',
  );
  if (!fact) return null;
  const version = imageVersion(fact.template.proxy?.image ?? '');
  return component(facts, index, fact, { version, ofPod: ({ proxy }) => imageVersion(proxy?.image ?? '') });
}

function daemonSet(facts: Facts, is: (fact: WorkloadFact) => boolean): WorkloadFact | null {
  const found = facts.daemonSets.items.filter(is).sort((a, b) => compareText(a.meta.name, b.meta.name));
  return found[0] ?? null;
}

interface Versions {
  readonly version: string | null;
  readonly ofPod: (pod: PodFact) => string | null;
}

function component(facts: Facts, index: WorkloadIndex, fact: WorkloadFact, { version, ofPod }: Versions): Component {
  const pods = index.entries[index.position(fact)]?.pods ?? [];
  const versions: Record<string, number> = {};
  for (const pod of pods.filter(({ phase }) => phase === 'Running')) {
    const key = ofPod(pod) ?? 'unknown';
    versions[key] = (versions[key] ?? 0) + 1;
  }
  return {
    namespace: fact.meta.namespace,
    name: fact.meta.name,
    version,
    desired: fact.replicas,
    ready: fact.readyReplicas,
    updated: fact.updatedReplicas,
    strategy: fact.strategy,
    versions,
    owner: ownerOf(fact.meta, facts.helmReleases),
  };
}
