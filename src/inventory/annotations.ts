/**
 * The annotations that meshlift knows. All others are dropped from facts and from snapshots: they can hold anything.
 * Left out on purpose, because users write secrets into them: proxy.istio.io/config (proxyMetadata),
 * proxy.istio.io/overrides (whole containers with env), kubectl.kubernetes.io/last-applied-configuration.
 */
const known: ReadonlySet<string> = new Set([
  // Injection and proxies.
  'istio.io/rev',
  'sidecar.istio.io/inject',
  'sidecar.istio.io/status',
  'sidecar.istio.io/proxyImage',
  'sidecar.istio.io/proxyImageType',
  'sidecar.istio.io/nativeSidecar',
  'inject.istio.io/templates',
  'kubectl.kubernetes.io/restartedAt',
  // Ambient: written by the CNI agent, and the user's knobs.
  'ambient.istio.io/redirection',
  'ambient.istio.io/bypass-inbound-capture',
  'ambient.istio.io/dns-capture',
  // Gateway API deployments.
  'gateway.istio.io/controller-version',
  'gateway.istio.io/name-override',
  'gateway.istio.io/service-account',
  'gateway.networking.k8s.io/bundle-version',
  'gateway.networking.k8s.io/channel',
  'networking.istio.io/service-type',
  'networking.istio.io/traffic-distribution',
  // Owners.
  'meta.helm.sh/release-name',
  'meta.helm.sh/release-namespace',
  'helm.sh/resource-policy',
  'argocd.argoproj.io/tracking-id',
  'argocd.argoproj.io/instance',
  'operator-sdk/primary-resource',
  'operator-sdk/primary-resource-type',
  // Rollout state.
  'deployment.kubernetes.io/revision',
]);

/** Whether an annotation is kept. */
export function isKnownAnnotation(key: string): boolean {
  return known.has(key);
}
