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
  'sidecar.istio.io/statsCompression',
  'traffic.sidecar.istio.io/excludeOutboundPorts',
  'traffic.sidecar.istio.io/excludeOutboundIPRanges',
  'traffic.sidecar.istio.io/excludeInboundPorts',
  'traffic.sidecar.istio.io/includeOutboundIPRanges',
  'istio.io/dry-run',
  'istio.io/workloadController',
  'istio.io/connectedAt',
  'networking.istio.io/cluster',
  'topology.istio.io/controlPlaneClusters',
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
  'argocd.argoproj.io/sync-wave',
  'argocd.argoproj.io/sync-options',
  'argocd.argoproj.io/compare-options',
  'kustomize.toolkit.fluxcd.io/reconcile',
  'kustomize.toolkit.fluxcd.io/ssa',
  'admissions.enforcer/disabled',
  'operator-sdk/primary-resource',
  'operator-sdk/primary-resource-type',
  // How long load balancers keep sending to a pod that goes away.
  'service.beta.kubernetes.io/aws-load-balancer-type',
  'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type',
  'service.beta.kubernetes.io/aws-load-balancer-target-group-attributes',
  'service.beta.kubernetes.io/aws-load-balancer-connection-draining-enabled',
  'service.beta.kubernetes.io/aws-load-balancer-connection-draining-timeout',
  'service.beta.kubernetes.io/azure-load-balancer-internal',
  'cloud.google.com/neg',
  'networking.gke.io/load-balancer-type',
  // Drain of a node and of an autoscaled one.
  'cluster-autoscaler.kubernetes.io/safe-to-evict',
  // Rollout state.
  'deployment.kubernetes.io/revision',
]);

/** Whether an annotation is kept. */
export function isKnownAnnotation(key: string): boolean {
  return known.has(key);
}
