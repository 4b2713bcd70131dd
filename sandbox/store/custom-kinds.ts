import type { KubeObject } from '../../src/kube/api.ts';

/** group: plural, kind, versions (the stored one first), short name. */
type Row = readonly [plural: string, kind: string, versions: readonly string[], short?: string];

const all3 = ['v1', 'v1alpha3', 'v1beta1'];
const withBeta = ['v1', 'v1beta1'];

/**
 * Custom kinds of a mesh. Names, versions and storage versions of the istio.io and Gateway API kinds: the definitions
 * that Istio 1.29 and 1.30 and Gateway API 1.4 install; Rollout: Argo Rollouts 1.x.
 */
const definitions: Readonly<Record<string, readonly Row[]>> = {
  'networking.istio.io': [
    ['destinationrules', 'DestinationRule', all3, 'dr'],
    ['envoyfilters', 'EnvoyFilter', ['v1alpha3']],
    ['gateways', 'Gateway', all3, 'gw'],
    ['proxyconfigs', 'ProxyConfig', ['v1beta1']],
    ['serviceentries', 'ServiceEntry', all3, 'se'],
    ['sidecars', 'Sidecar', all3],
    ['virtualservices', 'VirtualService', all3, 'vs'],
    ['workloadentries', 'WorkloadEntry', all3, 'we'],
    ['workloadgroups', 'WorkloadGroup', all3, 'wg'],
  ],
  'security.istio.io': [
    ['authorizationpolicies', 'AuthorizationPolicy', withBeta, 'ap'],
    ['peerauthentications', 'PeerAuthentication', withBeta, 'pa'],
    ['requestauthentications', 'RequestAuthentication', withBeta, 'ra'],
  ],
  'telemetry.istio.io': [['telemetries', 'Telemetry', ['v1alpha1', 'v1'], 'telemetry']],
  'extensions.istio.io': [['wasmplugins', 'WasmPlugin', ['v1alpha1']]],
  'gateway.networking.k8s.io': [
    ['backendtlspolicies', 'BackendTLSPolicy', ['v1', 'v1alpha3'], 'btlspolicy'],
    ['gatewayclasses', 'GatewayClass', withBeta, 'gc'],
    ['gateways', 'Gateway', withBeta, 'gtw'],
    ['grpcroutes', 'GRPCRoute', ['v1']],
    ['httproutes', 'HTTPRoute', withBeta],
    ['referencegrants', 'ReferenceGrant', ['v1beta1'], 'refgrant'],
    ['tcproutes', 'TCPRoute', ['v1alpha2']],
    ['tlsroutes', 'TLSRoute', ['v1alpha2']],
  ],
  'argoproj.io': [['rollouts', 'Rollout', ['v1alpha1'], 'ro']],
};

/** Cluster-scoped ones. */
const clusterScoped = new Set(['gatewayclasses']);
/** Kinds with a scale subresource. */
const scaled = new Set(['rollouts']);
/** Kinds that define no status. */
const statusless = new Set(['referencegrants']);

/**
 * CustomResourceDefinition objects to create in a cluster so that it serves the custom kinds of a group: as an
 * installer would, but with an open schema (nothing is pruned or validated).
 * @param groups for example 'networking.istio.io', 'gateway.networking.k8s.io', 'argoproj.io'; unknown groups give none
 */
export function customDefinitions(...groups: readonly string[]): readonly KubeObject[] {
  return groups.flatMap((group) => (definitions[group] ?? []).map((row) => definition(group, row)));
}

function definition(group: string, [plural, kind, versions, short]: Row): KubeObject {
  const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };
  const subresources = { ...(!statusless.has(plural) && { status: {} }), ...(scaled.has(plural) && { scale }) };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        ...(short && { shortNames: [short] }),
      },
      scope: clusterScoped.has(plural) ? 'Cluster' : 'Namespaced',
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources,
      })),
    },
  };
}
