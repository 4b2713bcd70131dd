/** Questions that one object alone can't answer, by name. The checks hold the code; a file of knowledge may name only these. */

/** What each must find out. True: exposed. */
export const detectors = {
  'ambient-in-use':
    'a namespace or pod is enrolled in ambient (label istio.io/dataplane-mode=ambient), or ztunnel runs',
  'ambient-in-excluded-namespace': "an ambient pod's namespace is in excludeNamespaces of istio-cni (istio-cni-config)",
  'ambient-without-dns-capture': 'ambient is in use, and AMBIENT_DNS_CAPTURE of istio-cni-config is not true',
  'ambient-without-reconciliation':
    'ambient is in use, and AMBIENT_RECONCILE_POD_RULES_ON_STARTUP of istio-cni-config is not true',
  'autoregistered-workload-entries':
    'a WorkloadEntry was registered by its proxy and lacks label networking.istio.io/tunnel',
  'config-outside-discovery-selectors':
    'discoverySelectors are set and an Istio object lies in a namespace that they do not select',
  'crd-not-owned-by-helm': 'Istio was installed by Helm and a CRD of Istio lacks the meta.helm.sh annotations',
  'crd-of-alpha-inference-pools': 'the CRD of InferencePool of group inference.networking.x-k8s.io is installed',
  'crd-without-v1': 'a CRD of networking.istio.io does not serve v1',
  'duplicate-hosts': 'the same host is defined in two namespaces by Services or ServiceEntries',
  'gateway-crosses-namespace':
    "a networking.istio.io Gateway's selector hits a managed Gateway API proxy of another namespace",
  'helm-chart-istiod-remote': 'a Helm release was made of chart istiod-remote',
  'images-from-retired-registry': 'an image of Istio comes from gcr.io/istio-release or registry.istio.io',
  'kubelets-run-native-sidecars': 'every node has a kubelet of 1.33 or newer',
  'kubernetes-too-old': 'the API server is older than the target supports',
  'legacy-base-rbac-in-use':
    'something besides istiod refers to ServiceAccount istiod-service-account or ClusterRole istiod-NAMESPACE',
  'managed-gateways':
    'a Gateway API Gateway of a class of Istio has no address that is a host name: istiod renders its Deployment',
  'overlapping-wildcard-hosts': 'two VirtualServices have wildcard hosts of which one contains the other',
  'serviceentry-none-with-other-target-port':
    'a ServiceEntry with resolution NONE has a port whose targetPort is not its number',
  'waypoint-without-use-label': 'a waypoint exists that no object names by label istio.io/use-waypoint',
  'ztunnel-release-name':
    'the Helm release of ztunnel is not called ztunnel, or more than one ztunnel DaemonSet exists',
} as const;

/** Name of a detector. */
export type DetectorName = keyof typeof detectors;

/** Whether a text names one. */
export function isDetector(name: string): name is DetectorName {
  return Object.hasOwn(detectors, name);
}
