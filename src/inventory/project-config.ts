/** The small kinds: nodes, budgets, autoscalers, ConfigMaps of the control plane, Helm releases, installers' objects. */
import type { KubeObject } from '../kube/api.ts';
import type {
  AutoscalerFact,
  BudgetFact,
  ConfigMapFact,
  HelmReleaseFact,
  InstallerFact,
  NodeFact,
} from '../mesh/facts.ts';
import { certificateHash } from './certificates.ts';
import { count, record, text } from './json.ts';
import { injectorConfig, meshConfigHash, parseObject, withoutSecrets } from './mesh-config.ts';
import { condition, meta, selectorOrNull, spec, status, type Projection } from './project-meta.ts';

/** A node. */
export function node(object: KubeObject, projection: Projection): NodeFact {
  const fact = meta(object, projection);
  return {
    meta: fact,
    ready: condition(status(object), 'Ready') === 'True',
    unschedulable: spec(object)['unschedulable'] === true,
    kubeletVersion: projection.intern.text(text(record(status(object)['nodeInfo'])['kubeletVersion'])),
    zone: projection.intern.text(fact.labels['topology.kubernetes.io/zone'] ?? ''),
  };
}

/** A PodDisruptionBudget. */
export function budget(object: KubeObject, projection: Projection): BudgetFact {
  return {
    meta: meta(object, projection),
    selector: selectorOrNull(spec(object)['selector']),
    minAvailable: text(spec(object)['minAvailable']),
    maxUnavailable: text(spec(object)['maxUnavailable']),
    disruptionsAllowed: count(status(object)['disruptionsAllowed']),
  };
}

/** A HorizontalPodAutoscaler. */
export function autoscaler(object: KubeObject, projection: Projection): AutoscalerFact {
  const target = record(spec(object)['scaleTargetRef']);
  return {
    meta: meta(object, projection),
    targetKind: text(target['kind']),
    targetName: text(target['name']),
    min: count(spec(object)['minReplicas'], 1),
    max: count(spec(object)['maxReplicas']),
    current: count(status(object)['currentReplicas']),
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

/** An object of an installer's own API. */
export function installer(object: KubeObject, projection: Projection): InstallerFact {
  const wanted = spec(object);
  return {
    kind: projection.kind,
    meta: meta(object, projection),
    revision: text(wanted['revision']) || text(record(wanted['targetRef'])['name']),
    version: text(wanted['version']),
  };
}
