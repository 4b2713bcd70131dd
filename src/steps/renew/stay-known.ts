/**
 * Keeps a proxy's inbound side while its pod leaves its Services. When a label of a pod changes, istiod sends that pod's proxy a
 * new configuration at once (ProxyUpdate, a forced push; pilot/pkg/xds/ads.go), with its services told anew by selector or by
 * address in an EndpointSlice (GetProxyServiceTargets). Without either the proxy drops its inbound clusters and answers 503, while
 * callers learn later, after the debounce, that the pod is no endpoint: measured on Istio 1.29.6 and 1.30.3.
 */
import { Conflict, NotFound } from '../../errors.ts';
import { record, records, text, type Json } from '../../inventory/json.ts';
import type { KubeObject } from '../../kube/api.ts';
import { resources } from '../../kube/resources.ts';
import type { RenewWorkload } from '../spec.ts';
import type { StepContext } from '../step.ts';
import type { PodState } from './pod-state.ts';
import { listAll } from './read-live.ts';

const managedBy = 'endpointslice.kubernetes.io/managed-by';
const serviceName = 'kubernetes.io/service-name';
const ours = 'meshlift.dev';

/** Whether an EndpointSlice was made by `stayKnown`. */
export function isOurs({ metadata }: Pick<KubeObject, 'metadata'>): boolean {
  return metadata.labels?.[managedBy] === ours;
}

/** Entries of an EndpointSlice for a pod. */
export function endpointsOf(slice: KubeObject, pod: PodState): readonly Json[] {
  return records(slice['endpoints']).filter((endpoint) => text(record(endpoint['targetRef'])['uid']) === pod.uid);
}

/**
 * Makes for each EndpointSlice that lists the pod another one with the pod alone, as an endpoint that neither serves nor is
 * ready: istiod still finds the pod's services by its address, and nobody sends anything there. They belong to the pod and go
 * with it; those that are there already stay.
 * @throws what `KubeApi.create` throws, but for Conflict
 */
export async function stayKnown(context: StepContext, spec: RenewWorkload, pod: PodState): Promise<void> {
  const project = (slice: KubeObject) => (isOurs(slice) ? null : standIn(slice, pod));
  const wanted = await listAll(context, resources.endpointSlices, { namespace: spec.namespace, project });
  for (const slice of wanted.filter((one) => one !== null)) {
    await context.api.create(resources.endpointSlices, slice, { signal: context.signal }).catch((error: unknown) => {
      if (!(error instanceof Conflict)) throw error;
    });
  }
}

/** Removes what `stayKnown` made, for a pod that stays after all. @throws what `KubeApi.delete` throws, but for NotFound */
export async function forget(context: StepContext, spec: RenewWorkload, pod: PodState): Promise<void> {
  const { namespace } = spec;
  const project = (slice: KubeObject) => (isOurs(slice) && endpointsOf(slice, pod).length > 0 ? slice.metadata : null);
  const found = await listAll(context, resources.endpointSlices, { namespace, project });
  for (const { name, uid = '' } of found.filter((one) => one !== null)) {
    const ref = { resource: resources.endpointSlices, namespace, name };
    await context.api.delete(ref, { uid, signal: context.signal }).catch((error: unknown) => {
      if (!(error instanceof NotFound)) throw error;
    });
  }
}

function standIn(slice: KubeObject, pod: PodState): KubeObject | null {
  const endpoints = endpointsOf(slice, pod);
  const service = slice.metadata.labels?.[serviceName];
  if (endpoints.length === 0 || service === undefined) return null;
  const conditions = { ready: false, serving: false, terminating: true };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${pod.name}.${slice.metadata.name}`,
      namespace: slice.metadata.namespace ?? '',
      labels: { [serviceName]: service, [managedBy]: ours },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: pod.name, uid: pod.uid }],
    },
    addressType: slice['addressType'],
    ports: slice['ports'],
    endpoints: endpoints.map(({ addresses, targetRef }) => ({ addresses, targetRef, conditions })),
  };
}
