/** What a workload of the benchmark is, as data, and the objects that it stands for. */
import type { AppBehaviour } from '../../sandbox/live/app/behaviour.ts';
import { appAnnotation } from '../../sandbox/live/app/behaviour.ts';
import type { JsonObject } from '../../sandbox/store/json.ts';
import { mergePatch } from '../../sandbox/store/patch-merge.ts';
import type { KubeObject } from '../../src/kube/api.ts';

/** What is sent to it. `calls`: short ones and some that last `longMs`. `connections`: kept open, one message after the other. */
export type Load = 'calls' | 'connections';

/** A workload in few words. What is left out is that of a Deployment of two pods that nothing was done for. */
export interface FitnessSpec {
  /** Name of the workload and of its Service. */
  readonly name: string;
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  /** Default 2. */
  readonly replicas?: number;
  /** Readiness probe of the container. Default true. */
  readonly probed?: boolean;
  /** Seconds for which its preStop hook sleeps. Default: no hook. */
  readonly preStop?: number;
  /** Default: ends at SIGTERM with whatever is under way, because no object says that it does not. */
  readonly app?: Partial<AppBehaviour>;
  /** Its owner says that the application finishes its requests: the findings that doubt that alone are ignored. */
  readonly graceful?: true;
  /** `strategy` or `updateStrategy`. Default of a Deployment: no pod is taken before another is ready. */
  readonly strategy?: JsonObject;
  /** Seconds. */
  readonly grace?: number;
  /** Annotation proxy.istio.io/config. */
  readonly proxyConfig?: string;
  /** Sidecar as a container like the others. Default false: an init container that goes on. */
  readonly classic?: true;
  /** The pods are gateways. Calls go through them to Service `backend`. */
  readonly gateway?: true;
  /** Name of the Service's port. Default http. */
  readonly portName?: 'http' | 'http2' | 'grpc' | 'tcp' | 'ws';
  readonly load?: Load;
  /** How long its longest calls take, milliseconds. Default 3000; 0: it has short ones only. */
  readonly longMs?: number;
  /** Merged into the workload's spec, its pod spec, the Service's spec. */
  readonly also?: {
    readonly workload?: JsonObject;
    readonly pod?: JsonObject;
    readonly service?: JsonObject;
  };
  /** Its own label chooses the revision, in a namespace that says nothing. */
  readonly ownRevision?: true;
  /** Further objects of its namespace. */
  readonly objects?: readonly KubeObject[];
}

/** The revisions between which an upgrade is planned. */
export const revisions = {
  old: { name: '1-29-6', version: '1.29.6' },
  next: { name: '1-30-3', version: '1.30.3' },
} as const;

/** Where it is: a namespace with the label of its revision, or one without. */
export function namespaceOf({ ownRevision }: Pick<FitnessSpec, 'ownRevision'>): 'shop' | 'own' {
  return ownRevision ? 'own' : 'shop';
}

/** Port of every Service and container. */
export const port = 8080;

/** The behaviour that a spec's application has. */
function behaviourOf({ app }: FitnessSpec): Partial<AppBehaviour> {
  return { answerMs: 100, startMs: 300, readyMs: 100, onTerm: 'exit', ...app };
}

function containerOf(spec: FitnessSpec): JsonObject {
  if (spec.gateway) return { name: 'istio-proxy', image: 'auto' };
  const { name, probed = true, preStop } = spec;
  return {
    name,
    image: `registry.example/${name}:1.0`,
    ports: [{ containerPort: port }],
    ...(probed && { readinessProbe: { httpGet: { path: '/healthz', port }, periodSeconds: 2 } }),
    ...(preStop !== undefined && { lifecycle: { preStop: { sleep: { seconds: preStop } } } }),
  };
}

function podMetadata(spec: FitnessSpec): JsonObject {
  const { name, proxyConfig, classic, gateway, ownRevision } = spec;
  const revision = ownRevision && { 'istio.io/rev': revisions.old.name };
  const labels = { app: name, ...(gateway && { istio: name }), ...revision };
  const annotations = {
    ...(proxyConfig !== undefined && { 'proxy.istio.io/config': proxyConfig }),
    ...(classic && { 'sidecar.istio.io/nativeSidecar': 'false' }),
    ...(gateway ? { 'inject.istio.io/templates': 'gateway' } : { [appAnnotation]: JSON.stringify(behaviourOf(spec)) }),
  };
  return { labels, annotations };
}

function merged(base: JsonObject, patch: JsonObject = {}): JsonObject {
  return mergePatch(base, patch) as JsonObject;
}

const gently: JsonObject = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };

function workloadOf(spec: FitnessSpec): KubeObject {
  const { name, kind = 'Deployment', replicas = 2, strategy, grace, also = {} } = spec;
  const pod = {
    containers: [containerOf(spec)],
    ...(grace !== undefined && { terminationGracePeriodSeconds: grace }),
  };
  const update =
    kind === 'Deployment' ? { strategy: strategy ?? gently } : { ...(strategy && { updateStrategy: strategy }) };
  const base = {
    selector: { matchLabels: { app: name } },
    ...(kind === 'DaemonSet' ? {} : { replicas }),
    ...(kind === 'StatefulSet' && { serviceName: name }),
    ...update,
    template: { metadata: podMetadata(spec), spec: merged(pod, also.pod) },
  };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: namespaceOf(spec) },
    spec: merged(base, also.workload),
  };
}

function serviceOf(spec: FitnessSpec): KubeObject {
  const { name, portName = 'http', also = {} } = spec;
  const base = { selector: { app: name }, ports: [{ name: portName, port, targetPort: port }] };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: namespaceOf(spec) },
    spec: merged(base, also.service),
  };
}

/** A Gateway that selects the pods by their label `istio`, and its way to Service `backend`. */
function routesOf({ name }: FitnessSpec): readonly KubeObject[] {
  const metadata = { name, namespace: 'shop' };
  const server = { port: { number: port, name: 'http', protocol: 'HTTP' }, hosts: ['*'] };
  const route = { destination: { host: 'backend', port: { number: port } } };
  return [
    {
      ...{ apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata },
      spec: { selector: { istio: name }, servers: [server] },
    },
    {
      ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata },
      spec: { hosts: ['*'], gateways: [name], http: [{ route: [route] }] },
    },
  ];
}

/** All objects of a spec; the workload comes last. */
export function objectsOf(spec: FitnessSpec): readonly KubeObject[] {
  const routes = spec.gateway ? routesOf(spec) : [];
  return [serviceOf(spec), ...routes, ...(spec.objects ?? []), workloadOf(spec)];
}
