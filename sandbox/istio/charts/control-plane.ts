import type { JsonObject } from '../../store/json.ts';

/** What the charts, the injector and the gateway controller of one control plane have in common. */
export interface ControlPlane {
  /** Istio version, such as '1.30.3': the tag of its images. */
  readonly version: string;
  /** Name of the revision; '' for the control plane without one. */
  readonly revision: string;
  /** Namespace of istiod. */
  readonly namespace: string;
  /** Registry and folder of the images, without trailing slash. */
  readonly hub: string;
  /** imagePullPolicy of all its containers; left to the API server when not given. */
  readonly pullPolicy?: string;
  /** meshConfig.defaultConfig.proxyMetadata: environment of every proxy. Default none. */
  readonly proxyMetadata?: Readonly<Record<string, string>>;
  /** Resource requests of proxies. Default 100m and 128Mi, as in the chart. */
  readonly proxyRequests?: { readonly cpu: string; readonly memory: string };
}

/** The revision as label istio.io/rev and env REVISION say it: 'default' for the one without a name. */
export function revisionLabel(plane: Pick<ControlPlane, 'revision'>): string {
  return plane.revision === '' ? 'default' : plane.revision;
}

/** Name of an object of the revision: the stem alone, or stem-REVISION. */
export function revisioned(stem: string, revision: string): string {
  return revision === '' ? stem : `${stem}-${revision}`;
}

/** Host and port at which proxies reach the control plane: xDS and certificates. */
export function discoveryAddress(plane: Pick<ControlPlane, 'revision' | 'namespace'>): string {
  return `${revisioned('istiod', plane.revision)}.${plane.namespace}.svc:15012`;
}

/** `resources` of a proxy container: the chart's limits and the requests asked for. */
export function proxyResources(plane: Pick<ControlPlane, 'proxyRequests'>): JsonObject {
  return { limits: { cpu: '2', memory: '1Gi' }, requests: plane.proxyRequests ?? { cpu: '100m', memory: '128Mi' } };
}

/** A container's image and pull policy. */
export function imageOf(plane: Pick<ControlPlane, 'hub' | 'version' | 'pullPolicy'>, name: string): JsonObject {
  return {
    image: `${plane.hub}/${name}:${plane.version}`,
    ...(plane.pullPolicy === undefined ? {} : { imagePullPolicy: plane.pullPolicy }),
  };
}
