import { isObject, objectAt, objectsAt, type JsonObject } from './json.ts';

/** Sets a field that is missing. */
export function fill(target: JsonObject, values: JsonObject): void {
  for (const [key, value] of Object.entries(values)) {
    if (target[key] === undefined || target[key] === null) target[key] = value;
  }
}

/** The object in a field, made when missing. */
export function ensureObject(target: JsonObject, key: string): JsonObject {
  const found = target[key];
  if (isObject(found)) return found;
  const made: JsonObject = {};
  target[key] = made;
  return made;
}

/**
 * The defaults that Kubernetes gives to a pod spec inside a template: core/v1 defaults, API reference "PodSpec" and
 * "Container".
 */
export function defaultPodTemplateSpec(spec: JsonObject): void {
  fill(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    terminationGracePeriodSeconds: 30,
  });
  ensureObject(spec, 'securityContext');
  const account = spec['serviceAccountName'] ?? spec['serviceAccount'];
  if (account !== undefined) fill(spec, { serviceAccountName: account, serviceAccount: account });
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
    for (const container of objectsAt(spec, list)) defaultContainer(container, spec['hostNetwork'] === true);
  }
  for (const volume of objectsAt(spec, 'volumes')) defaultVolume(volume);
}

/** The further defaults of a pod itself, with those of the admission plug-ins that every cluster runs. */
export function defaultPodSpec(spec: JsonObject): void {
  defaultPodTemplateSpec(spec);
  fill(spec, { enableServiceLinks: true, preemptionPolicy: 'PreemptLowerPriority', priority: 0 });
  fill(spec, { serviceAccountName: 'default' });
  fill(spec, { serviceAccount: spec['serviceAccountName'] });
  for (const container of [...objectsAt(spec, 'containers'), ...objectsAt(spec, 'initContainers')])
    requestLimits(container);
  tolerateBriefNodeTrouble(spec);
}

/** What is limited but not requested is requested with its limit. */
function requestLimits(container: JsonObject): void {
  const limits = objectAt(container, 'resources', 'limits');
  if (limits) fill(ensureObject(ensureObject(container, 'resources'), 'requests'), limits);
}

/** Admission plug-in DefaultTolerationSeconds: 300 s on nodes that are not ready or unreachable. */
function tolerateBriefNodeTrouble(spec: JsonObject): void {
  const tolerations = [...objectsAt(spec, 'tolerations')];
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerated = tolerations.some(
      (t) => (t['key'] ?? key) === key && (t['effect'] ?? 'NoExecute') === 'NoExecute',
    );
    if (!tolerated) tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
  }
  spec['tolerations'] = tolerations;
}

function defaultContainer(container: JsonObject, hostNetwork: boolean): void {
  fill(container, {
    imagePullPolicy: pullPolicy(container['image']),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
  ensureObject(container, 'resources');
  for (const port of objectsAt(container, 'ports')) {
    fill(port, { protocol: 'TCP' });
    if (hostNetwork) fill(port, { hostPort: port['containerPort'] });
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) defaultProbe(objectAt(container, name));
  for (const hook of ['postStart', 'preStop']) defaultHttpGet(objectAt(container, 'lifecycle', hook));
  for (const env of objectsAt(container, 'env')) defaultFieldRef(objectAt(env, 'valueFrom'));
}

/** `Always` for images without tag or with the tag latest, else `IfNotPresent`. */
function pullPolicy(image: unknown): string {
  if (typeof image !== 'string' || image.includes('@')) return 'IfNotPresent';
  const [, tag = 'latest'] = /:([^/:]+)$/.exec(image) ?? [];
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultProbe(probe: JsonObject | undefined): void {
  if (!probe) return;
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  defaultHttpGet(probe);
  const grpc = objectAt(probe, 'grpc');
  if (grpc) fill(grpc, { service: '' });
}

function defaultHttpGet(handler: JsonObject | undefined): void {
  const get = objectAt(handler, 'httpGet');
  if (get) fill(get, { path: '/', scheme: 'HTTP' });
}

function defaultFieldRef(source: JsonObject | undefined): void {
  const field = objectAt(source, 'fieldRef');
  if (field) fill(field, { apiVersion: 'v1' });
  const resource = objectAt(source, 'resourceFieldRef');
  if (resource) fill(resource, { divisor: '0' });
}

function defaultVolume(volume: JsonObject): void {
  const sources = Object.keys(volume).filter((key) => key !== 'name');
  if (sources.length === 0) volume['emptyDir'] = {};
  for (const key of ['secret', 'configMap', 'projected', 'downwardAPI']) {
    const source = objectAt(volume, key);
    if (source) fill(source, { defaultMode: 420 });
  }
  const host = objectAt(volume, 'hostPath');
  if (host) fill(host, { type: '' });
  for (const source of objectsAt(volume, 'projected', 'sources')) {
    const token = objectAt(source, 'serviceAccountToken');
    if (token) fill(token, { expirationSeconds: 3600 });
    for (const item of objectsAt(source, 'downwardAPI', 'items')) defaultFieldRef(item);
  }
  for (const item of objectsAt(volume, 'downwardAPI', 'items')) defaultFieldRef(item);
}
