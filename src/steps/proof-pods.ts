/** Pods of a proof: what they look like, and what injection made of them. Pure. */
import { list, record, text, type Json } from '../inventory/json.ts';
import type { KubeObject } from '../kube/api.ts';
import type { Workload } from '../mesh/data-plane-model.ts';
import type { Facts, TemplateFact, WorkloadFact } from '../mesh/facts.ts';
import { revisionKey, templatesKey } from '../mesh/keys.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { imageVersion } from '../mesh/versions.ts';
import { proofLabels, proofNamespace } from './proof-names.ts';
import { labelValue } from './renew/keys.ts';

/** Name of every proxy's container. */
const proxyName = 'istio-proxy';
const small = { requests: { cpu: '10m', memory: '64Mi' } };

/** A proxy to try: which, and the image that pods of it run with. */
export interface Shadow {
  readonly role: 'sidecar' | 'gateway';
  readonly version: string;
  readonly image: string;
}

/** What a proxy of a pod is. */
export interface Injected {
  /** Annotation istio.io/rev; null when nothing was injected. */
  readonly revision: string | null;
  readonly image: string;
  /** Null for an image whose tag names no version. */
  readonly version: string | null;
  readonly form: 'classic' | 'native';
}

/** What the injector did with a pod; null without a proxy. */
export function injectedProxy(pod: KubeObject): Injected | null {
  const spec = record(pod['spec']);
  const isProxy = (one: Json): boolean => one['name'] === proxyName;
  const native = list(spec['initContainers']).map(record).find(isProxy);
  const container = native ?? list(spec['containers']).map(record).find(isProxy);
  if (container === undefined) return null;
  const image = text(container['image']);
  const revision = pod.metadata.annotations?.[revisionKey] ?? null;
  return { revision, image, version: imageVersion(image), form: native === undefined ? 'classic' : 'native' };
}

/** Image that most running proxies of a role and version have; null when none runs any more. */
export function imageOf(facts: Facts, mesh: Mesh, wanted: Omit<Shadow, 'image'>): string | null {
  const pods = new Map(facts.pods.items.map((pod) => [`${pod.meta.namespace}/${pod.meta.name}`, pod]));
  const images = mesh.proxies
    .filter(({ role, version }) => role === wanted.role && version === wanted.version)
    .map(({ namespace, pod }) => pods.get(`${namespace}/${pod}`)?.proxy?.image ?? '')
    .filter((image) => image.includes('/'));
  const counts = new Map<string, number>();
  for (const image of images) counts.set(image, (counts.get(image) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0] ?? null;
}

/** Name of a shadow's pod: 'meshlift-proof-sidecar-1-29-6'; at most 63 characters, which are also its host's name. */
export function shadowName({ role, version }: Omit<Shadow, 'image'>): string {
  return labelValue(`meshlift-proof-${role}-${version.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`);
}

/** How the image of a sidecar is chosen: by annotation, or by a container of the pod's own in the place where injection puts it. */
export type ImageWay = 'annotation' | 'classic' | 'native';

/**
 * A pod with an old proxy that the new revision makes and serves. Its only application is the proxy image's own agent waiting
 * for something that never comes: a cluster without a way to the internet has that image for certain. No label selects
 * it for a Service or a Gateway.
 */
export function shadowPod(shadow: Shadow, revision: string, way: ImageWay): KubeObject {
  const { role, image } = shadow;
  const name = shadowName(shadow);
  const own = { name: proxyName, image, resources: small };
  const spec =
    role === 'gateway'
      ? { containers: [own] }
      : {
          ...(way === 'native' && { initContainers: [{ ...own, restartPolicy: 'Always' }] }),
          containers: [waiter(image), ...(way === 'classic' ? [own] : [])],
        };
  const annotations = {
    ...(role === 'gateway' && { [templatesKey]: 'gateway' }),
    ...(role === 'sidecar' && { 'sidecar.istio.io/proxyCPU': '10m', 'sidecar.istio.io/proxyMemory': '64Mi' }),
    ...(role === 'sidecar' && way === 'annotation' && { 'sidecar.istio.io/proxyImage': image }),
  };
  return {
    metadata: { name, namespace: proofNamespace(revision), labels: podLabels(revision), annotations },
    // Nobody is served by it: a proxy would drain for 5 s, and the proof waits until it is gone. Not 0, which the kubelet does not confirm.
    spec: { ...spec, terminationGracePeriodSeconds: 1 },
  };
}

function podLabels(revision: string): Record<string, string> {
  return { ...proofLabels(revision), 'sidecar.istio.io/inject': 'true' };
}

function waiter(image: string): Json {
  const command = ['/usr/local/bin/pilot-agent', 'wait', '--timeoutSeconds', '3600', '--url', 'http://127.0.0.1:9/'];
  return { name: 'app', image, command, resources: { requests: { cpu: '1m', memory: '16Mi' } } };
}

/** Annotations that change what is injected, without those that fix the proxy's version. */
const shaping = ['inject.istio.io/templates', 'sidecar.istio.io/inject', 'sidecar.istio.io/nativeSidecar'];

/**
 * A pod as the workload's template would make it, as far as injection is concerned: its labels and annotations, its
 * containers by name and image. For a dry run only: nothing of it ever runs.
 */
export function likeWorkload(template: PodShape, name: string, revision: string): KubeObject {
  const isGateway = (template.annotations[templatesKey] ?? '').includes('gateway');
  const images = Object.entries(template.images).filter(
    ([container]) => !/^istio-(proxy|init|validation)$/.test(container),
  );
  const containers = images.map(([container, image]) => ({ name: container, image }));
  const all = isGateway ? [...containers, { name: proxyName, image: 'auto' }] : containers;
  const annotations = Object.fromEntries(Object.entries(template.annotations).filter(([key]) => shaping.includes(key)));
  return {
    metadata: {
      name,
      namespace: proofNamespace(revision),
      labels: { ...template.labels, ...podLabels(revision) },
      annotations,
    },
    spec: { containers: all.length > 0 ? all : [{ name: 'app', image: 'app' }] },
  };
}

/** What of a template the dry run looks at. */
export type PodShape = Pick<TemplateFact, 'labels' | 'annotations' | 'images'>;

/** For a namespace that has only pods without a template. */
export const plainTemplate: PodShape = { labels: {}, annotations: {}, images: {} };

/** One template for each form that injection takes in a namespace: sidecar and gateway. Those that refuse a proxy are left out. */
export function templatesIn({ facts, mesh }: { facts: Facts; mesh: Mesh }, namespace: string): PodShape[] {
  const owners: readonly WorkloadFact[] = [facts.deployments, facts.statefulSets, facts.daemonSets, facts.rollouts]
    .flatMap(({ items }) => items)
    .filter(({ meta }) => meta.namespace === namespace);
  const injected = (one: WorkloadFact): boolean => mesh.workloads.some((workload) => isOf(workload, one));
  const found = new Map<string, PodShape>();
  for (const owner of owners.filter(injected)) {
    const form = owner.template.annotations[templatesKey] ?? 'sidecar';
    if (!found.has(form)) found.set(form, owner.template);
  }
  return [...found.values()];
}

function isOf(workload: Workload, { kind, meta }: WorkloadFact): boolean {
  const same = workload.kind === kind && workload.namespace === meta.namespace && workload.name === meta.name;
  return same && (workload.injection.outcome === 'injected' || workload.proxies > 0);
}
