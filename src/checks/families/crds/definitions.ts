/** The CRDs of Istio and of the Gateway API as the checks of this family go through them. */
import { compareVersions } from '../../../mesh/versions.ts';
import type { CrdFact } from '../../../mesh/facts.ts';
import type { CheckView, FoundObject } from '../../check.ts';

/** API group of the Gateway API. */
export const gatewayGroup = 'gateway.networking.k8s.io';

/** Annotations of the Gateway API's CRDs. */
export const bundleKey = 'gateway.networking.k8s.io/bundle-version';

const istioGroup = /\.(networking|security|telemetry|extensions)\.istio\.io$/;

/** Plurals with group of the CRDs without which istiod does not serve as users expect (crd-all.gen.yaml, all versions since 1.18). */
export const istioCrds = [
  ...['virtualservices', 'destinationrules', 'gateways', 'serviceentries', 'sidecars', 'workloadentries'],
  ...['workloadgroups', 'envoyfilters', 'proxyconfigs'],
].map((name) => `${name}.networking.istio.io`);

/** Those of security, telemetry and extensions. */
export const otherCrds = [
  'authorizationpolicies.security.istio.io',
  'peerauthentications.security.istio.io',
  'requestauthentications.security.istio.io',
  'telemetries.telemetry.istio.io',
  'wasmplugins.extensions.istio.io',
];

/** CRDs that have a version v1 from 1.22 on. The others never had one. */
export const withV1: readonly string[] = [
  ...istioCrds.filter((name) => !/^(envoyfilters|proxyconfigs)\./.test(name)),
  ...otherCrds.filter((name) => !name.startsWith('wasmplugins.')),
];

/** All of Istio's configuration; none of an installer. */
export function ofIstio({ facts }: CheckView): readonly CrdFact[] {
  return facts.crds.items.filter(({ meta }) => istioGroup.test(meta.name));
}

/** All of the Gateway API. */
export function ofGatewayApi({ facts }: CheckView): readonly CrdFact[] {
  return facts.crds.items.filter(({ meta }) => meta.name.endsWith(`.${gatewayGroup}`));
}

/** As the object of a finding. */
export function crdObject(name: string): FoundObject {
  return { kind: 'CustomResourceDefinition', namespace: '', name };
}

/** Names that are served. */
export function served({ versions }: CrdFact): readonly string[] {
  return versions.filter((one) => one.served).map(({ name }) => name);
}

/** How to apply all CRDs of a version by hand: they are in the release archive, in another directory up to 1.23. */
export function applyAll(version: string): string {
  const directory = compareVersions(version, '1.24.0') < 0 ? 'crds' : 'files';
  const file = `istio-${version}/manifests/charts/base/${directory}/crd-all.gen.yaml`;
  return `kubectl apply --server-side --force-conflicts -f ${file} (in the release archive of ${version})`;
}

/** Helm release that holds the object by its annotations: 'namespace/name'; null when none does. */
export function releaseOf({ meta: { annotations } }: CrdFact): string | null {
  const name = annotations['meta.helm.sh/release-name'];
  return name === undefined ? null : `${annotations['meta.helm.sh/release-namespace'] ?? ''}/${name}`;
}
