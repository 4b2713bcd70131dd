/** The small kinds: nodes, budgets, autoscalers, ConfigMaps of the control plane, Helm releases, installers' objects. */
import type { KubeObject } from '../kube/api.ts';
import type {
  AutoscalerFact,
  BudgetFact,
  ConfigMapFact,
  HelmReleaseFact,
  NamespaceFact,
  NodeFact,
} from '../mesh/facts.ts';
import { certificateHash } from './certificates.ts';
import { cniSettings } from './cni-settings.ts';
import { knownValues } from './helm-values.ts';
import { count, record, records, text, type Json } from './json.ts';
import { injectorConfig, meshConfigHash, parseObject, withoutSecrets } from './mesh-config.ts';
import { bytes, cpuMillis } from '../mesh/quantities.ts';
import { condition, meta, selectorOrNull, spec, status, type Projection } from './project-meta.ts';

/** A namespace. */
export function namespace(object: KubeObject, projection: Projection): NamespaceFact {
  return { meta: meta(object, projection), terminating: status(object)['phase'] === 'Terminating' };
}

/** A node. */
export function node(object: KubeObject, projection: Projection): NodeFact {
  const fact = meta(object, projection);
  return {
    meta: fact,
    ready: condition(status(object), 'Ready') === 'True',
    unschedulable: spec(object)['unschedulable'] === true,
    kubeletVersion: projection.intern.text(text(record(status(object)['nodeInfo'])['kubeletVersion'])),
    zone: projection.intern.text(fact.labels['topology.kubernetes.io/zone'] ?? ''),
    allocatable: allocatable(record(status(object)['allocatable'])),
    taints: records(spec(object)['taints']).map(taint),
    kernel: projection.intern.text(text(record(status(object)['nodeInfo'])['kernelVersion'])),
    osImage: projection.intern.text(text(record(status(object)['nodeInfo'])['osImage'])),
  };
}

function allocatable(value: Json): NodeFact['allocatable'] {
  const pods = Number(text(value['pods']));
  return {
    cpuMillis: cpuMillis(value['cpu']),
    memoryBytes: bytes(value['memory']),
    pods: Number.isFinite(pods) ? pods : 0,
  };
}

function taint(value: Json): string {
  const set = text(value['value']);
  return `${text(value['key'])}${set === '' ? '' : `=${set}`}:${text(value['effect'])}`;
}

/** A PodDisruptionBudget. */
export function budget(object: KubeObject, projection: Projection): BudgetFact {
  return {
    meta: meta(object, projection),
    selector: selectorOrNull(spec(object)['selector']),
    minAvailable: text(spec(object)['minAvailable']),
    maxUnavailable: text(spec(object)['maxUnavailable']),
    disruptionsAllowed: count(status(object)['disruptionsAllowed']),
    currentHealthy: count(status(object)['currentHealthy']),
    desiredHealthy: count(status(object)['desiredHealthy']),
    expectedPods: count(status(object)['expectedPods']),
  };
}

/** A HorizontalPodAutoscaler. */
export function autoscaler(object: KubeObject, projection: Projection): AutoscalerFact {
  const target = record(spec(object)['scaleTargetRef']);
  const active = condition(status(object), 'ScalingActive');
  return {
    meta: meta(object, projection),
    targetKind: text(target['kind']),
    targetName: text(target['name']),
    min: count(spec(object)['minReplicas'], 1),
    max: count(spec(object)['maxReplicas']),
    current: count(status(object)['currentReplicas']),
    desired: count(status(object)['desiredReplicas']),
    active: active === 'True' ? true : active === 'False' ? false : null,
  };
}

/**
 * A ConfigMap of the control plane. The mesh config is kept without its secrets; `meshHash` is of the config as it was
 * read, so in a snapshot it is of the config without them.
 */
export function configMap(object: KubeObject, projection: Projection): ConfigMapFact {
  const data = record(object['data']);
  const mesh = parseObject(text(data['mesh']));
  return {
    meta: meta(object, projection),
    mesh: mesh === null ? null : withoutSecrets(mesh),
    meshHash: mesh === null ? '' : meshConfigHash(mesh),
    injector: isInjector(object) ? injectorConfig(text(data['config'])) : null,
    rootCertHash: certificateHash(text(data['root-cert.pem'])),
    cniVersion: text(data['CURRENT_AGENT_VERSION']),
    settings: object.metadata.name === 'istio-cni-config' ? cniSettings(data) : {},
    values: knownValues(text(data[isInjector(object) ? 'values' : 'original-values'])),
    networks: Object.keys(record(parseObject(text(data['meshNetworks']))?.['networks'])).sort(),
  };
}

/** Whether a ConfigMap is an injector's (name by the istiod chart). */
export function isInjector(object: KubeObject): boolean {
  return object.metadata.name.startsWith('istio-sidecar-injector');
}

/** A Helm release, from the labels that Helm puts on its Secret. */
export function helmRelease(object: KubeObject): HelmReleaseFact {
  const labels = record(object.metadata.labels);
  return {
    namespace: text(object.metadata.namespace),
    name: text(labels['name']),
    version: Number(text(labels['version'])) || 0,
    status: text(labels['status']),
  };
}
