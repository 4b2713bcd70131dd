/** A difference between what the simulated charts and injector make and what a real cluster showed. */
export interface Divergence {
  /** Kinds in which it is accepted. */
  readonly kinds: readonly string[] | 'any';
  /** Path of the field, with list indexes as numbers. */
  readonly path: RegExp;
  /** Why it is right that they differ. */
  readonly why: string;
}

/** All that may differ; anything else is a defect, and so is an entry that no longer occurs. */
export const divergences: readonly Divergence[] = [
  {
    kinds: 'any',
    path: /^metadata\.(uid|resourceVersion|creationTimestamp|generation)$/,
    why: 'the API server gives these to every object',
  },
  { kinds: 'any', path: /^status$/, why: 'written by controllers, never rendered' },
  {
    kinds: ['Deployment'],
    path: /^metadata\.annotations\.deployment\.kubernetes\.io\/revision$/,
    why: 'counted by the Deployment controller',
  },
  {
    kinds: ['Deployment'],
    path: /^spec\.template\.metadata\.annotations\.kubectl\.kubernetes\.io\/restartedAt$/,
    why: 'the recorded gateway was restarted by kubectl, which writes the time',
  },
  {
    kinds: ['DaemonSet'],
    path: /^metadata\.annotations\.deprecated\.daemonset\.template\.generation$/,
    why: 'counted by the API server',
  },
  { kinds: ['Service'], path: /^spec\.clusterIPs?$/, why: 'allocated by the API server' },
  { kinds: ['Service'], path: /^spec\.ports\.\d+\.nodePort$/, why: 'allocated by the API server' },
  {
    kinds: ['ConfigMap'],
    path: /^data\.(config|values|merged-values|original-values)$/,
    why: 'contents left out of the recording; the simulated injector has no templates to put there',
  },
  { kinds: ['Secret'], path: /^data\.release$/, why: 'contents left out of the recording' },
  {
    kinds: ['Pod'],
    path: /^metadata\.name$/,
    why: 'the API server makes the name from generateName after admission',
  },
  { kinds: ['Pod'], path: /^spec\.nodeName$/, why: 'the scheduler places the pod' },
];

/** Objects beside the charts' that a recording has: made by programs while they run. */
export const runtimeObjects: readonly { readonly name: RegExp; readonly why: string }[] = [
  { name: /^ConfigMap \S+\/istio-ca-(root-cert|crl)$/, why: 'istiod writes its root into every namespace' },
  {
    name: /^ConfigMap \S+\/istio-(leader|namespace-controller-election|ip-autoallocate)$/,
    why: 'leader election of istiod',
  },
  { name: /^(ConfigMap \S+\/kube-root-ca\.crt|ServiceAccount \S+\/default)$/, why: 'Kubernetes, in every namespace' },
];
