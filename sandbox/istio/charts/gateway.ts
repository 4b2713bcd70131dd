import type { KubeObject } from '../../../src/kube/api.ts';
import type { JsonObject } from '../../store/json.ts';
import { proxyResources, type ControlPlane } from './control-plane.ts';
import { outsideAmbient, standardLabels, type Labels } from './labels.ts';
import { cpuAutoscaling, envoyPort, mergedMetrics, proxySecurity } from './proxy-parts.ts';
import { has } from './version.ts';

/** Values of the chart `gateway`. Its proxy's version is not among them: that is the injector's. */
export interface GatewayOptions extends Pick<ControlPlane, 'pullPolicy' | 'proxyRequests'> {
  /** Version of the chart. */
  readonly version: string;
  /** Name of all its objects, such as 'istio-ingressgateway'. */
  readonly name: string;
  readonly namespace: string;
  readonly release: string;
  /** Label istio.io/rev of its pods; '' for none. */
  readonly revision: string;
  /** Default LoadBalancer; 'None' renders no Service. */
  readonly serviceType?: 'LoadBalancer' | 'ClusterIP' | 'NodePort' | 'None';
  /** Bounds of the autoscaler, or 'off' for a fixed number. Default 1 to 5. */
  readonly autoscale?: { readonly min: number; readonly max: number } | 'off';
  /** Replicas without autoscaler. Default 1. */
  readonly replicas?: number;
}

/** What selects its pods; a Deployment's selector can never change. */
function selectorLabels(options: GatewayOptions): Labels {
  return { app: options.name, istio: options.name.replace(/^istio-/, '') };
}

function podLabels(options: GatewayOptions): Labels {
  const { version, release, name } = options;
  const standard = standardLabels({ name: 'gateway', app: name, release, version });
  const old = has(version, 'gatewayPodVersion') ? { 'app.kubernetes.io/version': version } : {};
  return {
    ...(Object.keys(standard).length === 0 ? old : standard),
    ...outsideAmbient(version),
    ...selectorLabels(options),
    'sidecar.istio.io/inject': 'true',
    ...(options.revision === '' ? {} : { 'istio.io/rev': options.revision }),
  };
}

function podSpec(options: GatewayOptions): JsonObject {
  const container = {
    name: 'istio-proxy',
    // The injector replaces it; until then the API server takes the missing tag for `latest` and always pulls.
    image: 'auto',
    ...(options.pullPolicy === undefined ? {} : { imagePullPolicy: options.pullPolicy }),
    securityContext: proxySecurity,
    ports: [envoyPort],
    resources: proxyResources(options),
  };
  return {
    serviceAccountName: options.name,
    securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] },
    containers: [container],
    terminationGracePeriodSeconds: 30,
  };
}

function deployment(options: GatewayOptions, labels: Labels): KubeObject {
  const annotations = {
    ...mergedMetrics,
    'inject.istio.io/templates': 'gateway',
    'sidecar.istio.io/inject': 'true',
  };
  const spec = {
    ...(options.autoscale === 'off' ? { replicas: options.replicas ?? 1 } : {}),
    selector: { matchLabels: selectorLabels(options) },
    template: { metadata: { labels: podLabels(options), annotations }, spec: podSpec(options) },
  };
  const metadata = { name: options.name, namespace: options.namespace, labels };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec };
}

const ports: readonly JsonObject[] = [
  { name: 'status-port', port: 15021, protocol: 'TCP', targetPort: 15021 },
  { name: 'http2', port: 80, protocol: 'TCP', targetPort: 80 },
  { name: 'https', port: 443, protocol: 'TCP', targetPort: 443 },
];

/** What the chart `gateway` renders, without RBAC. Throws InvalidInput for what is no version. */
export function gatewayChart(options: GatewayOptions): KubeObject[] {
  const { version, release, name, namespace, autoscale = { min: 1, max: 5 }, serviceType = 'LoadBalancer' } = options;
  const labels = {
    ...standardLabels({ name: 'gateway', app: name, release, version }),
    ...outsideAmbient(version),
    ...selectorLabels(options),
  };
  const metadata = { name, namespace, labels };
  const objects: KubeObject[] = [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, deployment(options, labels)];
  if (serviceType !== 'None') {
    const spec = { type: serviceType, ports, selector: selectorLabels(options) };
    objects.push({ apiVersion: 'v1', kind: 'Service', metadata, spec });
  }
  if (autoscale !== 'off') {
    const spec = cpuAutoscaling(name, autoscale);
    objects.push({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata, spec });
  }
  return objects;
}
