/** What of pods and pod templates goes into a snapshot. No env values, no arguments, no commands, no headers. */
import { isRecord, list, record, text, texts } from './json.ts';
import { shownValue } from './istio-env.ts';
import { discoveryAddress, proxyRoles } from './project-pod.ts';
import {
  bareUrl,
  conditions,
  counters,
  each,
  fields,
  fieldText,
  labelSelector,
  map,
  plain,
  present,
  scalar,
  token,
  words,
  type Rule,
} from './rules.ts';

/** Host of an istiod Service, with a port. Anything else could be made to carry a secret. */
const istiodAddress = /^(https?:\/\/)?istiod[a-z0-9-]*\.[a-z0-9-]+\.svc(\.[a-z0-9-]+)*(:\d{1,5})?$/;
const revision = /^[a-z0-9-]{1,63}$/;
const addressNames: ReadonlySet<string> = new Set(['CA_ADDR', 'CA_ADDRESS', 'XDS_ADDRESS']);
const istioContainers: ReadonlySet<string> = new Set(['istio-proxy', 'ztunnel', 'discovery', 'install-cni']);
const keptWords: ReadonlySet<string> = new Set(['proxy', 'discovery', 'install-cni', ...proxyRoles]);

const source = fields({
  fieldRef: fields(plain('apiVersion', 'fieldPath')),
  resourceFieldRef: fields(plain('containerName', 'resource')),
  secretKeyRef: fields(plain('name', 'key', 'optional')),
  configMapKeyRef: fields(plain('name', 'key', 'optional')),
});

const probe = fields({
  ...plain('initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'),
  ...plain('terminationGracePeriodSeconds'),
  httpGet: fields({ ...plain('port', 'scheme'), path: bareUrl }),
  tcpSocket: fields(plain('port')),
  grpc: fields(plain('port', 'service')),
  exec: present,
});

// The program of a hook tells whether a pod drains; its arguments may hold anything.
const firstWord: Rule = (value) =>
  texts(value)
    .slice(0, 1)
    .filter((word) => /^[\w./-]{1,100}$/.test(word));
const hook = fields({
  exec: fields({ command: firstWord }),
  httpGet: fields({ ...plain('port', 'scheme'), path: bareUrl }),
  sleep: fields(plain('seconds')),
});

const containerFields: Readonly<Record<string, Rule>> = {
  ...plain('name', 'image', 'imagePullPolicy', 'restartPolicy', 'terminationMessagePolicy'),
  envFrom: each(
    fields({ configMapRef: fields(plain('name', 'optional')), secretRef: fields(plain('name', 'optional')) }),
  ),
  ports: each(fields(plain('name', 'containerPort', 'hostPort', 'protocol'))),
  resources: fields({ limits: map, requests: map }),
  securityContext: fields({
    ...plain('allowPrivilegeEscalation', 'privileged', 'readOnlyRootFilesystem'),
    ...plain('runAsGroup', 'runAsNonRoot', 'runAsUser'),
    capabilities: fields({ add: words, drop: words }),
  }),
  volumeMounts: each(fields(plain('name', 'mountPath', 'readOnly', 'subPath'))),
  readinessProbe: probe,
  livenessProbe: probe,
  startupProbe: probe,
  lifecycle: fields({ preStop: hook, postStart: hook }),
};

const container: Rule = (value) => {
  const name = fieldText(value, 'name');
  return fields({
    ...containerFields,
    ...(istioContainers.has(name) ? { args: istioWords, command: istioWords } : {}),
    env: each((entry) => env(entry, name)),
  })(value);
};

const istioWords: Rule = (value) => texts(value).filter((word) => keptWords.has(word));

function env(value: unknown, containerName: string): unknown {
  const kept = envValue(fieldText(value, 'name'), fieldText(value, 'value'), containerName);
  return { ...record(fields({ ...plain('name'), valueFrom: source })(value)), ...(kept === '' ? {} : { value: kept }) };
}

function envValue(name: string, value: string, containerName: string): string {
  if (!istioContainers.has(containerName)) return '';
  if (name === 'REVISION' && containerName === 'discovery') return revision.test(value) ? value : '';
  if (addressNames.has(name)) return istiodAddress.test(value) ? value : '';
  if (name !== 'PROXY_CONFIG') return shownValue(name, value);
  const address = discoveryAddress(value);
  return istiodAddress.test(address) ? JSON.stringify({ discoveryAddress: address }) : '';
}

const projected = each(
  fields({
    serviceAccountToken: fields(plain('expirationSeconds', 'path')),
    configMap: fields(plain('name', 'optional')),
    secret: fields(plain('name', 'optional')),
    downwardAPI: present,
    clusterTrustBundle: fields(plain('name')),
  }),
);

const volume = fields({
  ...plain('name'),
  emptyDir: fields(plain('medium', 'sizeLimit')),
  configMap: fields(plain('name', 'optional', 'defaultMode')),
  secret: fields(plain('secretName', 'optional', 'defaultMode')),
  persistentVolumeClaim: fields(plain('claimName', 'readOnly')),
  hostPath: fields(plain('path', 'type')),
  projected: fields({ ...plain('defaultMode'), sources: projected }),
  downwardAPI: present,
  csi: fields(plain('driver')),
});

const expressions = each(fields({ ...plain('key', 'operator'), values: words }));
const nodeTerm = fields({ matchExpressions: expressions, matchFields: expressions });
const podTerm = fields({ ...plain('topologyKey'), labelSelector, namespaceSelector: labelSelector, namespaces: words });
const podAffinity = fields({
  requiredDuringSchedulingIgnoredDuringExecution: each(podTerm),
  preferredDuringSchedulingIgnoredDuringExecution: each(fields({ ...plain('weight'), podAffinityTerm: podTerm })),
});
const affinity = fields({
  nodeAffinity: fields({
    requiredDuringSchedulingIgnoredDuringExecution: fields({ nodeSelectorTerms: each(nodeTerm) }),
    preferredDuringSchedulingIgnoredDuringExecution: each(fields({ ...plain('weight'), preference: nodeTerm })),
  }),
  podAffinity,
  podAntiAffinity: podAffinity,
});

/** `spec` of a pod. */
export const podSpec: Rule = fields({
  ...plain('nodeName', 'hostNetwork', 'hostPID', 'hostIPC', 'restartPolicy', 'dnsPolicy', 'schedulerName'),
  ...plain('terminationGracePeriodSeconds', 'activeDeadlineSeconds', 'serviceAccountName', 'runtimeClassName'),
  ...plain('automountServiceAccountToken', 'priorityClassName', 'priority', 'shareProcessNamespace'),
  containers: each(container),
  initContainers: each(container),
  ephemeralContainers: each(container),
  volumes: each(volume),
  imagePullSecrets: each(fields(plain('name'))),
  readinessGates: each(fields(plain('conditionType'))),
  nodeSelector: map,
  tolerations: each(fields(plain('key', 'operator', 'value', 'effect', 'tolerationSeconds'))),
  topologySpreadConstraints: each(
    fields({ ...plain('maxSkew', 'topologyKey', 'whenUnsatisfiable', 'minDomains'), labelSelector }),
  ),
  affinity,
  securityContext: counters,
});

const state = fields({
  running: fields(plain('startedAt')),
  waiting: fields({ reason: token }),
  terminated: fields({ ...plain('exitCode', 'signal', 'startedAt', 'finishedAt'), reason: token }),
});
const containerStatus = each(
  fields({ ...plain('name', 'image', 'imageID', 'ready', 'started', 'restartCount'), state, lastState: state }),
);

/** `status` of a pod. */
export const podStatus: Rule = fields({
  ...plain('phase', 'podIP', 'hostIP', 'startTime', 'qosClass', 'observedGeneration'),
  reason: token,
  podIPs: each(fields(plain('ip'))),
  conditions,
  containerStatuses: containerStatus,
  initContainerStatuses: containerStatus,
  ephemeralContainerStatuses: containerStatus,
});

/** sidecar.istio.io/status as istiod writes it (pkg/kube/inject/inject.go); anything else in it is dropped. */
export function sidecarStatus(value: string): string | null {
  try {
    const parsed: unknown = JSON.parse(value);
    if (!isRecord(parsed)) return null;
    const names = ['initContainers', 'containers', 'volumes', 'imagePullSecrets', 'revision'];
    const kept = Object.entries(parsed).filter(([name]) => names.includes(name));
    return JSON.stringify(Object.fromEntries(kept.map(([name, entry]) => [name, nameOrNames(entry)])));
  } catch {
    return null;
  }
}

const objectName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

function nameOrNames(value: unknown): unknown {
  if (!Array.isArray(value)) return objectName.test(text(value)) ? scalar(value) : null;
  return list(value).filter((entry) => objectName.test(text(entry)));
}
