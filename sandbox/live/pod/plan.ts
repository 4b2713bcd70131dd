import { parse } from 'yaml';
import type { KubeObject } from '../../../src/kube/api.ts';
import { containersOf, type ContainerSpec } from '../../controllers/kubelet/containers.ts';
import { at, isObject, numberAt, objectAt, objectsAt, textAt, type JsonObject } from '../../store/json.ts';
import { appAnnotation, behaviourOf, type AppBehaviour } from '../app/behaviour.ts';

/** What stands before the application: nothing, a sidecar of one of both kinds, or the pod is a gateway and has none. */
export type ProxyRole = 'none' | 'native' | 'classic' | 'gateway';

/** How the proxy of a pod ends. Milliseconds. */
export interface DrainPlan {
  /** terminationDrainDuration; default 5,000. 0 switches draining off. */
  readonly drainMs: number;
  /** Wait after `drainMs` until no connection is left (env EXIT_ON_ZERO_ACTIVE_CONNECTIONS). Default false. */
  readonly exitWhenIdle: boolean;
}

/** All that the specification of a pod says about how it runs. */
export interface PodPlan {
  readonly role: ProxyRole;
  readonly drain: DrainPlan;
  readonly app: AppBehaviour;
  /** Whether a container of the application has a readiness probe. Without one it counts as ready when its process runs. */
  readonly probed: boolean;
  /** Longest preStop hook of the application's containers. Milliseconds. */
  readonly preStopMs: number;
  /** The application's first port; 8080 when it names none. */
  readonly port: number;
}

const proxyName = 'istio-proxy';
const drainMs = 5000;

/** Whether a pod is one that live mode runs: it has the annotation, or it is a gateway (a proxy alone, run as `router`). */
export function isLive(pod: KubeObject): boolean {
  if (pod.metadata.annotations?.[appAnnotation] !== undefined) return true;
  // ztunnel's container has the same name.
  const proxy = containersOf(pod).find(({ name }) => name === proxyName);
  const args = proxy?.spec['args'];
  return Array.isArray(args) && args.includes('router');
}

/** @throws InvalidInput when an annotation cannot be read */
export function planOf(pod: KubeObject): PodPlan {
  const containers = containersOf(pod);
  const apps = containers.filter(({ role, name }) => role === 'main' && name !== proxyName);
  const ports = apps.flatMap(({ spec }) => objectsAt(spec, 'ports'));
  return {
    role: roleOf(containers),
    drain: drainOf(
      pod,
      containers.find(({ name }) => name === proxyName),
    ),
    app: behaviourOf(pod),
    probed: apps.some(({ spec }) => objectAt(spec, 'readinessProbe') !== undefined),
    preStopMs: Math.max(0, ...apps.map(({ spec }) => preStopOf(spec))),
    port: numberAt(ports[0], 'containerPort') ?? 8080,
  };
}

function roleOf(containers: readonly ContainerSpec[]): ProxyRole {
  const proxy = containers.find(({ name }) => name === proxyName);
  if (!proxy) return 'none';
  if (proxy.role === 'sidecar') return 'native';
  return containers.some(({ role, name }) => role === 'main' && name !== proxyName) ? 'classic' : 'gateway';
}

function drainOf(pod: KubeObject, proxy: ContainerSpec | undefined): DrainPlan {
  const config = configOf(pod);
  const env = objectsAt(proxy?.spec, 'env').find(({ name }) => name === 'EXIT_ON_ZERO_ACTIVE_CONNECTIONS');
  const wanted = textAt(env, 'value') ?? textAt(config, 'proxyMetadata', 'EXIT_ON_ZERO_ACTIVE_CONNECTIONS');
  return { drainMs: millisOf(textAt(config, 'terminationDrainDuration')) ?? drainMs, exitWhenIdle: wanted === 'true' };
}

function configOf(pod: KubeObject): JsonObject {
  try {
    const config: unknown = parse(pod.metadata.annotations?.['proxy.istio.io/config'] ?? '{}');
    return isObject(config) ? config : {};
  } catch {
    // The injector refuses such a pod; what comes this far was put there past it.
    return {};
  }
}

/** A duration as protobuf writes it: "5s", "0.5s", "1m", "300ms". */
function millisOf(text: string | undefined): number | undefined {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text ?? '');
  const unit = { ms: 1, s: 1000, m: 60_000 }[found?.[2] ?? ''];
  return unit === undefined ? undefined : Number(found?.[1]) * unit;
}

/** Of a preStop hook only waiting is run: `sleep`, or a command that holds "sleep N". */
function preStopOf(container: JsonObject): number {
  const seconds = numberAt(container, 'lifecycle', 'preStop', 'sleep', 'seconds');
  if (seconds !== undefined) return seconds * 1000;
  const listed = at(container, 'lifecycle', 'preStop', 'exec', 'command');
  const command = Array.isArray(listed) ? listed.join(' ') : '';
  return Number(/\bsleep\s+(\d+(?:\.\d+)?)/.exec(command)?.[1] ?? 0) * 1000;
}
