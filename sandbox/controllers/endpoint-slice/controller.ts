import type { KubeObject } from '../../../src/kube/api.ts';
import { at, isObject, objectsAt, sameJson, textAt, type JsonObject } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { controllerQueue, goneAlready, refOf, type Cluster } from '../base/cluster.ts';
import { keyOf, type ObjectChange } from '../base/informer.ts';
import { controllerKey, controllerReference } from '../base/owners.ts';
import { differs, isTerminating } from '../base/pods.ts';
import { EndpointMaker, type EndpointGroup } from './endpoints.ts';

/** Most endpoints of a slice, upstream's default. */
const perSlice = 100;
const zoneLabel = 'topology.kubernetes.io/zone';
const managedBy = 'endpointslice-controller.k8s.io';

const selectorOf = (cluster: Cluster) => (service: KubeObject) =>
  cluster.selectors.ofMap(at(service, 'spec', 'selector'));

/** Keeps the EndpointSlices of every Service that has a selector. */
export function endpointSliceController(cluster: Cluster): void {
  const { services, pods, endpointSlices } = cluster.informers;
  const endpoints = new EndpointMaker((node) => cluster.informers.nodes.get(node)?.metadata.labels?.[zoneLabel]);
  const queue = controllerQueue(cluster, (key) => sync(cluster, endpoints, key));
  services.onChange(({ key }) => queue.add(key));
  endpointSlices.onChange(({ now, old }) => {
    // What was changed or deleted by others is put right.
    const key = controllerKey(now ?? old, 'Service');
    if (key !== undefined) queue.add(key);
  });
  const enqueue = (pod: KubeObject) => {
    for (const service of cluster.selectors.selecting(services, pod, selectorOf(cluster))) queue.add(keyOf(service));
  };
  pods.onChange((change) => {
    const { old, now } = change;
    if (!now && old) endpoints.forget(old);
    if (!matters(change)) return;
    if (now) enqueue(now);
    if (old && old.metadata.labels !== now?.metadata.labels) enqueue(old);
  });
}

/** Whether a change of a pod can change endpoints: a pod without address is none. */
function matters({ old, now }: ObjectChange): boolean {
  const [before, after] = [textAt(old, 'status', 'podIP'), textAt(now, 'status', 'podIP')];
  if (before === undefined && after === undefined) return false;
  return before !== after || !old || !now || differs(old, now);
}

function sync(cluster: Cluster, maker: EndpointMaker, key: string): void {
  const { services, pods, endpointSlices } = cluster.informers;
  const service = services.get(key);
  const selector = service && selectorOf(cluster)(service);
  // A Service's slices go with it; without a selector somebody else makes them.
  if (!service || isTerminating(service) || !selector || textAt(service, 'spec', 'type') === 'ExternalName') return;
  const selected = cluster.selectors.select(pods, service.metadata.namespace ?? '', selector);
  const groups = maker.groups(service, selected);
  const present = endpointSlices.by('controller', service.metadata.uid ?? '');
  const managed = present.filter(
    (slice) => slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] === managedBy,
  );
  writeSlices(cluster, service, managed, groups.length > 0 ? groups : [{ ports: [], endpoints: [] }]);
}

function writeSlices(
  cluster: Cluster,
  service: KubeObject,
  present: readonly KubeObject[],
  groups: readonly EndpointGroup[],
): void {
  const free = new Set(present);
  for (const { ports, endpoints } of groups) {
    for (const part of arrange(ports, endpoints, free)) writeSlice(cluster, service, part.slice, ports, part.endpoints);
  }
  for (const slice of free) goneAlready(() => cluster.store.delete(refOf(resources.endpointSlices, slice)));
}

interface Part {
  /** The slice to hold them; undefined for a new one. */
  readonly slice: KubeObject | undefined;
  readonly endpoints: readonly JsonObject[];
}

/** Spreads endpoints over the slices that have their ports already: each stays where it is, so that few slices change. */
function arrange(
  ports: readonly JsonObject[],
  endpoints: readonly JsonObject[],
  free: Set<KubeObject>,
): readonly Part[] {
  const left = new Map(endpoints.map((endpoint) => [targetOf(endpoint), endpoint]));
  const same = [...free].filter((slice) => samePorts(objectsAt(slice, 'ports'), ports));
  const slices =
    same.length > 0 ? same : [...free].filter((slice) => objectsAt(slice, 'endpoints').length === 0).slice(0, 1);
  const parts = slices.map((slice) => {
    free.delete(slice);
    const kept = objectsAt(slice, 'endpoints').flatMap((old) => take(left, targetOf(old)));
    return { slice, kept };
  });
  const rest = [...left.values()];
  const filled: Part[] = parts.map(({ slice, kept }) => ({
    slice,
    endpoints: [...kept, ...rest.splice(0, perSlice - kept.length)],
  }));
  while (rest.length > 0) filled.push({ slice: undefined, endpoints: rest.splice(0, perSlice) });
  const first = filled.length === 0 ? [{ slice: undefined, endpoints: [] }] : filled;
  return first.filter((part, index) => {
    const keep = part.endpoints.length > 0 || index === 0;
    if (!keep && part.slice) free.add(part.slice);
    return keep;
  });
}

/** Whatever their order. */
function samePorts(a: readonly JsonObject[], b: readonly JsonObject[]): boolean {
  return a.length === b.length && a.every((port) => b.some((other) => sameJson(port, other)));
}

/** Uid of the pod behind an endpoint. */
function targetOf(endpoint: JsonObject): unknown {
  const target = endpoint['targetRef'];
  return isObject(target) ? target['uid'] : undefined;
}

function take(left: Map<unknown, JsonObject>, uid: unknown): readonly JsonObject[] {
  const found = left.get(uid);
  left.delete(uid);
  return found ? [found] : [];
}

function writeSlice(
  cluster: Cluster,
  service: KubeObject,
  slice: KubeObject | undefined,
  ports: readonly JsonObject[],
  endpoints: readonly JsonObject[],
): void {
  const labels = labelsFor(service);
  if (!slice) {
    const { name, namespace } = service.metadata;
    cluster.store.create(resources.endpointSlices, {
      metadata: {
        name: '',
        generateName: `${name}-`,
        ...(namespace !== undefined && { namespace }),
        labels,
        ownerReferences: [controllerReference(resources.services, service)],
      },
      addressType: 'IPv4',
      endpoints,
      ports,
    });
    return;
  }
  const present = objectsAt(slice, 'ports');
  const kept = samePorts(present, ports) ? present : ports;
  const sameLabels = sameJson(slice.metadata.labels, labels);
  const same = sameJson(slice['endpoints'], endpoints) && kept === present && sameLabels;
  if (same) return;
  cluster.store.update(resources.endpointSlices, {
    ...slice,
    metadata: { ...slice.metadata, labels },
    endpoints,
    ports: kept,
  });
}

function labelsFor(service: KubeObject): Record<string, string> {
  const headless = textAt(service, 'spec', 'clusterIP') === 'None';
  return {
    ...service.metadata.labels,
    ...(headless && { 'service.kubernetes.io/headless': '' }),
    'endpointslice.kubernetes.io/managed-by': managedBy,
    'kubernetes.io/service-name': service.metadata.name,
  };
}
