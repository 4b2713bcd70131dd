import { InvalidInput } from '../../../src/errors.ts';

/** First minor release whose charts have a feature. Sources: the charts of each release, docs/istio-facts. */
const since = {
  /** The gateway chart's pod template says its version. */
  gatewayPodVersion: 23,
  /** app.kubernetes.io/* and helm.sh/chart on every object and pod template. */
  standardLabels: 24,
  /** istio.io/dataplane-mode=none on the mesh's own pods. */
  dataplaneModeNone: 25,
  /** ConfigMap values<-revision>. */
  valuesConfigMap: 26,
  /** Service istiod-revision-tag-TAG beside a tag's webhooks. */
  tagService: 28,
  /** The disruption budget is left out for one replica, where it only blocks drains. */
  noLonelyBudget: 28,
  /** istio-cni has 30 s to end instead of 5. */
  cniGrace30: 29,
  /** CRD trafficextensions.extensions.istio.io. */
  trafficExtensions: 30,
  /** Images come from registry.istio.io. */
  istioRegistry: 30,
} as const;

interface Release {
  readonly minor: number;
  readonly patch: number;
}

function releaseOf(version: string): Release {
  const [, minor, patch] = /^1\.(\d+)\.(\d+)/.exec(version) ?? [];
  if (minor === undefined || patch === undefined) {
    throw new InvalidInput(`'${version}' is no Istio version`, { remedy: 'Give it as 1.MINOR.PATCH, such as 1.30.3.' });
  }
  return { minor: Number(minor), patch: Number(patch) };
}

/** Minor number of an Istio version: 30 for '1.30.3'. Throws InvalidInput when it is none. */
export function minorOf(version: string): number {
  return releaseOf(version).minor;
}

/** Whether the charts of `version` have a feature of the table above. Throws InvalidInput for what is no version. */
export function has(version: string, feature: keyof typeof since): boolean {
  return minorOf(version) >= since[feature];
}

/** Whether `version` is `wanted` or later. Throws InvalidInput for what is no version. */
export function atLeast(version: string, wanted: string): boolean {
  const [a, b] = [releaseOf(version), releaseOf(wanted)];
  return a.minor === b.minor ? a.patch >= b.patch : a.minor > b.minor;
}

/** The `global.hub` of the published charts of a version. Throws InvalidInput for what is no version. */
export function defaultHub(version: string): string {
  return has(version, 'istioRegistry') ? 'registry.istio.io/release' : 'docker.io/istio';
}
