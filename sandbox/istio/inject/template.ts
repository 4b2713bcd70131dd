import { objectsAt, textAt, type JsonObject } from '../../store/json.ts';
import { imageOf, proxyResources } from '../charts/control-plane.ts';
import * as parts from '../charts/proxy-parts.ts';
import type { PodProxyConfig } from './proxy-config.ts';
import type { InjectorSettings } from './settings.ts';

/** What the templates are filled with. */
export interface TemplateInput {
  readonly settings: InjectorSettings;
  readonly owner: parts.Owner;
  /** The pod's containers before injection. */
  readonly containers: readonly JsonObject[];
  readonly proxy: PodProxyConfig;
  /** Image of the proxy that the pod asks for. Default: that of the control plane's version. */
  readonly image?: string;
}

/** Volumes of an injected pod by template, in the order of annotation sidecar.istio.io/status. */
export const injectedVolumes: Readonly<Record<'sidecar' | 'gateway', readonly string[]>> = {
  sidecar: [
    'workload-socket',
    'credential-socket',
    'workload-certs',
    'istio-envoy',
    'istio-data',
    'istio-podinfo',
    'istio-token',
    'istiod-ca-cert',
    'istio-ca-crl',
  ],
  gateway: [
    'workload-socket',
    'credential-socket',
    'workload-certs',
    'istio-envoy',
    'istio-data',
    'istio-podinfo',
    'istio-token',
    'istiod-ca-cert',
  ],
};

const mountOrder = [
  'workload-socket',
  'credential-socket',
  'workload-certs',
  'istiod-ca-cert',
  'istio-ca-crl',
  'istio-data',
  'istio-envoy',
  'istio-token',
  'istio-podinfo',
];

/** The ports of all containers as the template prints them: a list with one port a line. */
function podPorts(containers: readonly JsonObject[]): string {
  const ports = containers.flatMap((container) =>
    objectsAt(container, 'ports').map(({ name, hostPort, containerPort, protocol, hostIP }) =>
      JSON.stringify({ name, hostPort, containerPort, protocol: protocol ?? 'TCP', hostIP }),
    ),
  );
  return `[\n${ports.map((port, index) => `    ${index === 0 ? '' : ','}${port}\n`).join('')}]`;
}

function appNames(containers: readonly JsonObject[]): string {
  const names = containers.map((container) => textAt(container, 'name') ?? '');
  return names.filter((name) => name !== 'istio-proxy').join(',');
}

function environment(input: TemplateInput, kind: 'sidecar' | 'gateway'): JsonObject[] {
  const { settings, containers, proxy, owner } = input;
  const apps = parts.text('ISTIO_META_APP_CONTAINERS', appNames(containers));
  return [
    ...parts.identityEnv(settings),
    parts.text('PROXY_CONFIG', `${JSON.stringify(proxy.config)}\n`),
    parts.text('ISTIO_META_POD_PORTS', podPorts(containers)),
    ...(kind === 'sidecar' ? [apps, ...parts.goLimits] : [...parts.goLimits, apps]),
    parts.text('ISTIO_META_CLUSTER_ID', 'Kubernetes'),
    parts.field('ISTIO_META_NODE_NAME', 'spec.nodeName'),
    parts.text('ISTIO_META_INTERCEPTION_MODE', 'REDIRECT'),
    ...parts.workloadEnv(owner),
    ...parts.metadataEnv(proxy.metadata),
  ];
}

function proxyContainer(input: TemplateInput, kind: 'sidecar' | 'gateway'): JsonObject {
  const mounted = mountOrder.filter((name) => injectedVolumes[kind].includes(name));
  return {
    name: 'istio-proxy',
    ...imageOf(input.settings, 'proxyv2'),
    ...(input.image !== undefined && { image: input.image }),
    ports: [parts.envoyPort],
    args: ['proxy', kind === 'sidecar' ? 'sidecar' : 'router', ...parts.domainFlag, ...parts.logFlags],
    env: environment(input, kind),
    readinessProbe: { httpGet: parts.healthGet, periodSeconds: 15, timeoutSeconds: 3, failureThreshold: 4 },
    resources: proxyResources(input.settings),
    securityContext: parts.proxySecurity,
    volumeMounts: parts.mountsNamed(mounted),
  };
}

/** A gateway's proxy: readiness only, no start-up probe and no preStop. */
export function gatewayProxy(input: TemplateInput): JsonObject {
  return proxyContainer(input, 'gateway');
}

const startupProbe = { httpGet: parts.healthGet, periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 600 };
const drain = ['pilot-agent', 'request', '--debug-port=15020', 'POST', 'drain'];

/**
 * A sidecar. Native: an init container that keeps running, is drained when the pod begins to end, and ends after the
 * application. Classic: a container, held back before the application only when the pod asks for it.
 */
export function sidecarProxy(input: TemplateInput, native: boolean): JsonObject {
  const proxy = { ...proxyContainer(input, 'sidecar'), startupProbe };
  if (native) return { ...proxy, restartPolicy: 'Always', lifecycle: { preStop: { exec: { command: drain } } } };
  if (input.proxy.config['holdApplicationUntilProxyStarts'] !== true) return proxy;
  return { ...proxy, lifecycle: { postStart: { exec: { command: ['pilot-agent', 'wait'] } } } };
}

const redirection = ['-p', '15001', '-z', '15006', '-u', '1337', '-m', 'REDIRECT'];
const ranges = ['-i', '*', '-x', '', '-b', '*', '-d', '15090,15021,15020'];

/** The init container that redirects the pod's traffic, or with istio-cni the one that checks that it is redirected. */
export function redirectContainer(input: TemplateInput): JsonObject {
  const { settings, proxy } = input;
  const asRoot = {
    capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] },
    readOnlyRootFilesystem: false,
    runAsGroup: 0,
    runAsNonRoot: false,
    runAsUser: 0,
  };
  const cni = settings.cni === true;
  const checks = cni ? ['--run-validation', '--skip-rule-apply'] : [];
  return {
    name: cni ? 'istio-validation' : 'istio-init',
    ...imageOf(settings, 'proxyv2'),
    args: ['istio-iptables', ...redirection, ...ranges, '--log_output_level=default:info', ...checks],
    env: parts.metadataEnv(proxy.metadata),
    resources: proxyResources(settings),
    securityContext: { ...parts.proxySecurity, ...(cni ? {} : asRoot) },
  };
}
