/** The detectors that knowledge names (knowledge/changes/detectors.ts): questions to several objects at once. */
import type { DetectorName } from '../../../knowledge/changes/detectors.ts';
import { minorsBetween } from '../../../knowledge/versions.ts';
import { includesLabels } from '../../../mesh/attachments.ts';
import type { CheckView } from '../../check.ts';
import {
  ambientInExcludedNamespace,
  ambientInUse,
  ambientWithout,
  waypointWithoutUse,
  ztunnelReleaseName,
} from './detect-ambient.ts';
import { duplicateHosts, otherTargetPort, overlappingWildcards } from './detect-hosts.ts';
import { outsideDiscovery } from './detect-discovery.ts';
import { byHand, object, safe, shown, unknown, type Exposure } from './exposure.ts';
import { imagesOfRetired, retired } from './registries.ts';

type Detector = (view: CheckView) => Exposure;

const table: Readonly<Record<DetectorName, Detector>> = {
  'ambient-in-use': ambientInUse,
  'ambient-in-excluded-namespace': ambientInExcludedNamespace,
  'ambient-without-dns-capture': (view) => ambientWithout('AMBIENT_DNS_CAPTURE', view),
  'ambient-without-reconciliation': (view) => ambientWithout('AMBIENT_RECONCILE_POD_RULES_ON_STARTUP', view),
  'autoregistered-workload-entries': autoregistered,
  'config-outside-discovery-selectors': outsideDiscovery,
  'crd-not-owned-by-helm': crdNotOwned,
  'crd-of-alpha-inference-pools': alphaInferencePools,
  'crd-without-v1': crdWithoutV1,
  'duplicate-hosts': duplicateHosts,
  'gateway-crosses-namespace': gatewayCrosses,
  'helm-chart-istiod-remote': istiodRemote,
  'images-from-retired-registry': retiredImages,
  'kubelets-run-native-sidecars': nativeSidecars,
  'kubernetes-too-old': kubernetesTooOld,
  'legacy-base-rbac-in-use': legacyRbac,
  'managed-gateways': managedGateways,
  'overlapping-wildcard-hosts': overlappingWildcards,
  'serviceentry-none-with-other-target-port': otherTargetPort,
  'waypoint-without-use-label': waypointWithoutUse,
  'ztunnel-release-name': ztunnelReleaseName,
};

/** Runs one. */
export function detect(name: DetectorName, view: CheckView): Exposure {
  return table[name](view);
}

function autoregistered({ facts }: CheckView): Exposure {
  const hits = facts.workloadEntries.items.filter(
    ({ autoRegistered, meta }) => autoRegistered && meta.labels['networking.istio.io/tunnel'] === undefined,
  );
  return shown(
    facts,
    ['workloadEntries'],
    hits.map(({ meta }) => object('WorkloadEntry', meta)),
  );
}

const istioCrd = /\.(networking|security|telemetry|extensions)\.istio\.io$/;

function crdNotOwned({ facts, mesh }: CheckView): Exposure {
  const byHelm =
    mesh.controlPlanes.some(({ owner }) => owner.kind === 'helm') || mesh.components.base?.owner.kind === 'helm';
  if (!byHelm) return facts.helmReleases.unread === null ? safe : shown(facts, ['helmReleases'], []);
  const hits = facts.crds.items.filter(
    ({ meta }) => istioCrd.test(meta.name) && meta.annotations['meta.helm.sh/release-name'] === undefined,
  );
  return shown(
    facts,
    ['crds'],
    hits.map(({ meta }) => object('CustomResourceDefinition', meta)),
  );
}

// Those that have v1 in the CRDs of 1.22; EnvoyFilter and ProxyConfig never had one.
const withV1 =
  /^(virtualservices|destinationrules|gateways|serviceentries|sidecars|workloadentries|workloadgroups)\.networking\.istio\.io$/;

function crdWithoutV1({ facts }: CheckView): Exposure {
  const hits = facts.crds.items.filter(
    ({ meta, versions }) => withV1.test(meta.name) && !versions.some(({ name, served }) => name === 'v1' && served),
  );
  return shown(
    facts,
    ['crds'],
    hits.map(({ meta }) => object('CustomResourceDefinition', meta)),
  );
}

// The pools themselves are of a group that is not read.
function alphaInferencePools({ facts }: CheckView): Exposure {
  const hits = facts.crds.items.filter(({ meta }) => meta.name === 'inferencepools.inference.networking.x-k8s.io');
  return shown(
    facts,
    ['crds'],
    hits.map(({ meta }) => object('CustomResourceDefinition', meta)),
  );
}

function gatewayCrosses({ facts, mesh, look }: CheckView): Exposure {
  const managed = mesh.gateways.flatMap((gateway) => {
    const workload = gateway.form === 'gateway-api' ? look.workloadOf(gateway) : undefined;
    return workload === undefined ? [] : [{ namespace: gateway.namespace, labels: workload.template.labels }];
  });
  const hits = facts.istioGateways.items.filter(
    ({ meta, selector }) =>
      Object.keys(selector).length > 0 &&
      managed.some(({ namespace, labels }) => namespace !== meta.namespace && includesLabels(labels, selector)),
  );
  return shown(
    facts,
    ['istioGateways', 'gateways', 'deployments'],
    hits.map(({ meta }) => object('Gateway', meta)),
  );
}

// Helm writes the chart's name only into labels; a release's own data is never read.
function istiodRemote({ facts }: CheckView): Exposure {
  const labelled = [...facts.mutatingWebhooks.items, ...facts.services.items, ...facts.configMaps.items]
    .filter(({ meta }) => meta.labels['helm.sh/chart']?.startsWith('istiod-remote-'))
    .map((one) => object('kind' in one ? one.kind : 'type' in one ? 'Service' : 'ConfigMap', one.meta));
  const delivered = facts.deliveries.items
    .filter(({ charts }) => charts.some((chart) => chart.startsWith('istiod-remote')))
    .map(({ kind, meta }) => object(kind, meta));
  return shown(facts, ['mutatingWebhooks'], [...labelled, ...delivered]);
}

function retiredImages({ facts }: CheckView): Exposure {
  const hits = imagesOfRetired(facts, retired);
  return shown(
    facts,
    ['deployments', 'daemonSets'],
    hits.map(({ object: found }) => found),
  );
}

function nativeSidecars({ facts }: CheckView): Exposure {
  const { items, unread } = facts.nodes;
  if (unread !== null) return unknown(`Could not see nodes (${unread}).`);
  const old = items.some(({ kubeletVersion }) => (minorsBetween('1.33', kubeletVersion) ?? -1) < 0);
  if (old || items.length === 0) return safe;
  return { state: 'exposed', objects: items.map(({ meta }) => object('Node', meta)), why: [] };
}

function kubernetesTooOld({ facts, knowledge, target }: CheckView): Exposure {
  const release = knowledge.releases.find(({ minor }) => minorsBetween(minor, target?.version ?? '') === 0);
  const distance = minorsBetween(release?.kubernetes.value.from ?? '', facts.kubernetesVersion ?? '');
  if (distance === null) return unknown('The version of Kubernetes is not known, or what the target needs.');
  const cluster = object('Cluster', { namespace: '', name: 'kubernetes' });
  return distance < 0 ? { state: 'exposed', objects: [cluster], why: [] } : safe;
}

// Rights of a ClusterRole are not read; who runs under the ServiceAccount is.
function legacyRbac({ facts, look }: CheckView): Exposure {
  const hits = look.workloadFacts.filter(
    ({ template }) => template.fitness.serviceAccount === 'istiod-service-account',
  );
  if (hits.length > 0)
    return shown(
      facts,
      [],
      hits.map(({ kind, meta }) => object(kind, meta)),
    );
  const unseen = 'Bindings of ClusterRoles and cloud identities are not read.';
  return facts.deployments.unread === null ? byHand(unseen) : shown(facts, ['deployments'], []);
}

function managedGateways({ facts, mesh }: CheckView): Exposure {
  const hits = mesh.gateways.filter(({ form }) => form === 'gateway-api' || form === 'waypoint');
  return shown(
    facts,
    ['gateways', 'gatewayClasses'],
    hits.map((one) => object('Gateway', one)),
  );
}
