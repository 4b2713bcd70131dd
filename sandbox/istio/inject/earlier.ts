import type { KubeObject } from '../../../src/kube/api.ts';
import { isObject, objectsAt, textAt, type JsonObject } from '../../store/json.ts';

/** What an earlier injection wrote down: names that it put in, and the user's containers that it replaced. */
interface Earlier {
  readonly status: JsonObject;
  readonly overrides: JsonObject;
}

function parsed(annotation: string | undefined): JsonObject | undefined {
  if (annotation === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(annotation);
    return isObject(value) ? value : undefined;
  } catch {
    // As istiod does: what cannot be read counts as not injected.
    return undefined;
  }
}

function earlierOf(pod: KubeObject): Earlier | undefined {
  const status = parsed(pod.metadata.annotations?.['sidecar.istio.io/status']);
  if (status === undefined) return undefined;
  return { status, overrides: parsed(pod.metadata.annotations?.['proxy.istio.io/overrides']) ?? {} };
}

function kept(pod: KubeObject, list: string, earlier: Earlier): JsonObject[] {
  const names = earlier.status[list];
  const gone = new Set<unknown>(Array.isArray(names) ? names : []);
  const own = objectsAt(earlier.overrides, list).map((one) => ({ ...one, image: one['image'] ?? 'auto' }));
  return [...objectsAt(pod, 'spec', list).filter((one) => !gone.has(one['name'])), ...own];
}

function proxyEnv(pod: KubeObject): readonly JsonObject[] {
  const containers = [...objectsAt(pod, 'spec', 'containers'), ...objectsAt(pod, 'spec', 'initContainers')];
  return objectsAt(
    containers.find((container) => container['name'] === 'istio-proxy'),
    'env',
  );
}

/** A pod as its user wrote it, and what an earlier injection took from it and only its proxy still knows. */
export interface Original {
  readonly pod: KubeObject;
  /** Path on the agent's port → the probe that the user wrote. */
  readonly probers: Readonly<Record<string, JsonObject>>;
  /** Variable with the user's own Prometheus annotations. */
  readonly metricsEnv: readonly JsonObject[];
}

/**
 * Takes an earlier injection out: a webhook that is called again, or a second one that matches too, replaces the proxy
 * and does not add another. The rewritten probes stay, with what they stood for.
 */
export function withoutEarlierInjection(pod: KubeObject): Original {
  const earlier = earlierOf(pod);
  if (earlier === undefined) return { pod, probers: {}, metricsEnv: [] };
  const spec: JsonObject = { ...(pod['spec'] as JsonObject) };
  for (const list of ['initContainers', 'containers', 'volumes']) {
    if (spec[list] !== undefined) spec[list] = kept(pod, list, earlier);
  }
  if (Array.isArray(spec['initContainers']) && spec['initContainers'].length === 0) delete spec['initContainers'];
  const env = proxyEnv(pod);
  const probers =
    parsed(
      textAt(
        env.find((one) => one['name'] === 'ISTIO_KUBE_APP_PROBERS'),
        'value',
      ),
    ) ?? {};
  return {
    pod: { ...pod, spec },
    probers: probers as Record<string, JsonObject>,
    metricsEnv: env.filter((one) => one['name'] === 'ISTIO_PROMETHEUS_ANNOTATIONS'),
  };
}
