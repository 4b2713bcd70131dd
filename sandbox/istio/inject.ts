import { InvalidInput } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { objectsAt, textAt, type JsonObject } from '../store/json.ts';
import { text, volumesNamed } from './charts/proxy-parts.ts';
import { skipReason } from './inject/decide.ts';
import { withoutEarlierInjection, type Original } from './inject/earlier.ts';
import * as metadata from './inject/metadata.ts';
import { overlaid, withoutAutoImage } from './inject/overlay.ts';
import { ownerOf } from './inject/owner.ts';
import { rewriteProbes, type RewrittenProbes } from './inject/probes.ts';
import { mergeMetrics } from './inject/prometheus.ts';
import { podProxyConfig } from './inject/proxy-config.ts';
import type { InjectionResult, InjectorSettings } from './inject/settings.ts';
import {
  gatewayProxy,
  injectedVolumes,
  redirectContainer,
  sidecarProxy,
  type TemplateInput,
} from './inject/template.ts';

const isProxy = (container: JsonObject): boolean => container['name'] === 'istio-proxy';

/** Everything that making the new pod needs. */
interface Job {
  readonly original: KubeObject;
  readonly settings: InjectorSettings;
  readonly kind: 'sidecar' | 'gateway';
  readonly native: boolean;
  readonly input: TemplateInput;
  readonly probes: RewrittenProbes;
  /** The user's own istio-proxy container. */
  readonly own: JsonObject | undefined;
  readonly metrics: ReturnType<typeof mergeMetrics>;
}

/** As the chart's templates have it, a name without a slash is no image, and other containers keep theirs. */
function ownImage(pod: KubeObject): { image?: string } {
  const image = pod.metadata.annotations?.['sidecar.istio.io/proxyImage'];
  return image?.includes('/') === true ? { image } : {};
}

function jobOf(found: Original, namespace: string, settings: InjectorSettings, kind: Job['kind']): Job {
  const { pod, probers, metricsEnv } = found;
  const containers = objectsAt(pod, 'spec', 'containers');
  const owner = ownerOf(pod, namespace);
  const input = { settings, containers, owner, proxy: podProxyConfig(pod, settings), ...ownImage(pod) };
  const metrics = mergeMetrics(pod.metadata.annotations ?? {});
  const wish = pod.metadata.annotations?.['sidecar.istio.io/nativeSidecar'];
  const rewritten =
    pod.metadata.annotations?.['sidecar.istio.io/rewriteAppHTTPProbers'] === 'false'
      ? { containers, probers: {} }
      : rewriteProbes(containers.filter((one) => !isProxy(one)));
  return {
    original: pod,
    settings,
    kind,
    native: kind === 'sidecar' && (wish === undefined ? settings.native : wish === 'true'),
    input,
    probes: { containers: rewritten.containers, probers: { ...probers, ...rewritten.probers } },
    own: [...containers, ...objectsAt(pod, 'spec', 'initContainers')].find(isProxy),
    metrics: { ...metrics, env: [...metricsEnv, ...metrics.env] },
  };
}

/** The environment that depends on the pod's containers and annotations, and comes last. */
function lateEnv(job: Job): JsonObject[] {
  const paths = Object.keys(job.probes.probers).sort();
  const probers = Object.fromEntries(paths.map((path) => [path, job.probes.probers[path]]));
  const told = paths.length === 0 ? [] : [text('ISTIO_KUBE_APP_PROBERS', JSON.stringify(probers))];
  return [...job.metrics.env, ...told];
}

function proxyOf(job: Job): JsonObject {
  const template = job.kind === 'gateway' ? gatewayProxy(job.input) : sidecarProxy(job.input, job.native);
  const complete = { ...template, env: [...objectsAt(template, 'env'), ...lateEnv(job)] };
  return job.own === undefined ? complete : overlaid(complete, job.own);
}

/** The pod's containers in the order in which they must start. */
function containersOf(job: Job): { initContainers: JsonObject[]; containers: JsonObject[] } {
  const init = objectsAt(job.original, 'spec', 'initContainers').filter((one) => !isProxy(one));
  const apps = job.probes.containers.filter((one) => !isProxy(one));
  const proxy = proxyOf(job);
  if (job.kind === 'gateway') return { initContainers: init, containers: [...apps, proxy] };
  const redirect = redirectContainer(job.input);
  if (job.native) return { initContainers: [redirect, proxy, ...init], containers: apps };
  // The user's init containers run before the redirection, when there is no proxy yet; a check must come first.
  const first = job.settings.cni === true ? [redirect, ...init] : [...init, redirect];
  const held = job.input.proxy.config['holdApplicationUntilProxyStarts'] === true;
  return { initContainers: first, containers: held ? [proxy, ...apps] : [...apps, proxy] };
}

function addedNames(job: Job): metadata.AddedNames {
  const redirect = job.kind === 'gateway' ? [] : [textAt(redirectContainer(job.input), 'name') ?? ''];
  const proxy = ['istio-proxy'];
  return {
    initContainers: job.native ? [...redirect, ...proxy] : redirect,
    containers: job.native ? [] : proxy,
    volumes: injectedVolumes[job.kind],
  };
}

function overridesOf(job: Job): Record<string, string> {
  if (job.own === undefined) return {};
  const list = objectsAt(job.original, 'spec', 'containers').includes(job.own) ? 'containers' : 'initContainers';
  return { 'proxy.istio.io/overrides': JSON.stringify({ [list]: [withoutAutoImage(job.own)] }) };
}

function injectedPod(job: Job): KubeObject {
  const { original, kind, settings, input, metrics } = job;
  const names = injectedVolumes[kind];
  const spec = original['spec'] as JsonObject;
  const volumes = objectsAt(original, 'spec', 'volumes').filter((one) => !names.includes(textAt(one, 'name') ?? ''));
  const { initContainers, containers } = containersOf(job);
  const hbone = input.proxy.metadata['ISTIO_META_ENABLE_HBONE'] === 'true';
  return {
    ...original,
    metadata: {
      ...original.metadata,
      labels: metadata.injectedLabels(original, kind, input.owner.name, hbone),
      annotations: {
        ...original.metadata.annotations,
        ...(kind === 'sidecar' ? metadata.defaultContainer(original, input.containers) : {}),
        ...metrics.annotations,
        ...overridesOf(job),
        ...metadata.injectedAnnotations(settings, addedNames(job)),
      },
    },
    spec: {
      ...spec,
      ...(initContainers.length === 0 && spec['initContainers'] === undefined ? {} : { initContainers }),
      containers,
      volumes: [...volumesNamed(names), ...volumes],
    },
  };
}

function templateOf(pod: KubeObject): Job['kind'] | undefined {
  const wish = pod.metadata.annotations?.['inject.istio.io/templates'] ?? 'sidecar';
  return wish === 'sidecar' || wish === 'gateway' ? wish : undefined;
}

/**
 * What istiod's injector makes of a pod: the pod as the API server sends it, with its defaults, and the namespace of
 * the request. Calling it on its own result changes nothing. The given pod is not changed.
 */
export function inject(pod: KubeObject, namespace: string, settings: InjectorSettings): InjectionResult {
  const reason = skipReason(pod, namespace, settings);
  if (reason !== undefined) return { kind: 'skipped', reason };
  const kind = templateOf(pod);
  if (kind === undefined) {
    const wish = pod.metadata.annotations?.['inject.istio.io/templates'] ?? '';
    return { kind: 'failed', message: `requested template "${wish}" not found; have [gateway, sidecar]` };
  }
  try {
    return { kind: 'injected', pod: injectedPod(jobOf(withoutEarlierInjection(pod), namespace, settings, kind)) };
  } catch (error) {
    if (error instanceof InvalidInput) return { kind: 'failed', message: error.message };
    throw error;
  }
}
