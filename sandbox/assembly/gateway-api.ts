import type { KubeObject } from '../../src/kube/api.ts';

const kinds: readonly (readonly [kind: string, plural: string, short: string, versions: readonly string[]])[] = [
  ['GatewayClass', 'gatewayclasses', 'gc', ['v1', 'v1beta1']],
  ['Gateway', 'gateways', 'gtw', ['v1', 'v1beta1']],
  ['HTTPRoute', 'httproutes', '', ['v1', 'v1beta1']],
  ['GRPCRoute', 'grpcroutes', '', ['v1']],
  ['ReferenceGrant', 'referencegrants', 'refgrant', ['v1beta1']],
];
const since14: typeof kinds = [['BackendTLSPolicy', 'backendtlspolicies', 'btlspolicy', ['v1']]];
const group = 'gateway.networking.k8s.io';

/** The CustomResourceDefinitions of the Gateway API's standard channel, names and versions without schemas. */
export function gatewayApiDefinitions(bundleVersion: string): KubeObject[] {
  const annotations = {
    'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api/pull/3328',
    'gateway.networking.k8s.io/bundle-version': bundleVersion,
    'gateway.networking.k8s.io/channel': 'standard',
  };
  const minor = Number(/^v?1\.(\d+)/.exec(bundleVersion)?.[1] ?? 0);
  return [...kinds, ...(minor >= 4 ? since14 : [])].map(([kind, plural, short, versions]) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations,
      ...(kind.endsWith('Policy') && { labels: { 'gateway.networking.k8s.io/policy': 'Direct' } }),
    },
    spec: {
      group,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        categories: ['gateway-api'],
        ...(short === '' ? {} : { shortNames: [short] }),
      },
      scope: kind === 'GatewayClass' ? 'Cluster' : 'Namespaced',
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        subresources: { status: {} },
      })),
    },
  }));
}
