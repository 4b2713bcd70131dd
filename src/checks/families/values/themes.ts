/** The behaviour changes of Istio by what they touch. A change that no check names is one of `otherChanges`. */
import type { Check, Finding } from '../../check.ts';
import { evaluate } from './evaluate.ts';
import { metChanges, planeOf, remedyOf, sinceOf, themeCheck, type Theme } from './theme.ts';

const looksAt = (what: string): string =>
  `${what}, for every change that the hops to the target bring and whose old behaviour no setting keeps.`;

const themes: readonly Theme[] = [
  {
    id: 'ML-V003',
    title: 'TLS origination means the same under the target',
    looksAt: looksAt('tls of DestinationRules: mode, sni, caCertificates, credentialName, insecureSkipVerify'),
    why: 'From 1.21 on a proxy verifies the servers that it originates TLS to, and sends an SNI. Rules that relied on the old defaults lose their egress traffic at once when their proxies are renewed.',
    remedy: 'Write what is meant into the DestinationRules before the upgrade.',
    severities: ['warns'],
    pains: ['P41'],
    changes: ['auto-sni', 'upstream-certificates-verified'],
  },
  {
    id: 'ML-V004',
    title: 'every host leads to the same place under the target',
    looksAt: looksAt('Hosts and ports of Services, ServiceEntries and VirtualServices'),
    why: 'Which of several definitions of a host wins has changed more than once: traffic goes to another service, without any error.',
    remedy: 'Define each host once, or limit with exportTo who sees it.',
    severities: ['warns', 'informs'],
    pains: ['P48'],
    changes: [
      ...['best-service-namespace', 'sidecar-scope-unified', 'external-name-is-alias'],
      ...['most-specific-wildcard-host-wins', 'serviceentry-none-honours-target-port'],
      'serviceentry-addresses-allocated',
    ],
  },
  {
    id: 'ML-V005',
    title: 'load balancing, retries and mirrors stay as they are under the target',
    looksAt: looksAt('DestinationRules, VirtualServices and WorkloadEntries'),
    why: 'Defaults of retries, of unhealthy endpoints and of registered workloads changed: a service that was half down is suddenly called, a retry does not come any more, or many more do.',
    remedy: 'Write the values that are meant into the objects.',
    severities: ['warns'],
    pains: ['P49'],
    changes: [
      ...['unhealthy-endpoints-sent', 'autoregistered-entries-without-tunnel', 'retry-budget-default'],
      ...['no-retry-on-503', 'mirror-host-without-suffix'],
    ],
  },
  {
    id: 'ML-V006',
    title: 'pods come back in the same shape from a restart',
    looksAt: looksAt('Kubelets, and annotations of pod templates'),
    why: 'The injector of the target makes other pods: the proxy is an init container, with other threads or another capture of DNS. Webhooks, policies and scripts that name the container then fail.',
    remedy: 'Keep the shape for the time of the upgrade, and change it on its own later.',
    severities: ['warns'],
    pains: ['P26'],
    changes: [
      ...['native-sidecars-automatic', 'gateway-concurrency-from-cpu-limit', 'dns-obeys-exclusions'],
      ...['sidecar-startup-probe', 'one-connection-per-socket-event'],
    ],
  },
  {
    id: 'ML-V007',
    title: 'proxies get their certificates from the control plane of the target',
    looksAt: looksAt('istio-csr, tokens of istiod, and certificates of the mesh config'),
    why: 'A proxy without a certificate takes and makes no connection. Proxies that are renewed after the upgrade are the first to have none.',
    remedy: 'Bring the authority to a version that the target can talk to, before the control plane.',
    severities: ['blocks', 'warns'],
    pains: ['P25'],
    changes: [
      ...['grpc-requires-alpn', 'first-party-jwt-removed', 'mesh-config-certificates-ignored'],
      'cacerts-must-be-complete',
    ],
    blocking: ['first-party-jwt-removed'],
  },
  {
    id: 'ML-V008',
    title: 'telemetry and tools see what they saw before',
    looksAt: looksAt('Telemetry, mesh config, annotations of statistics, Kiali'),
    why: 'Dashboards and alerts go blank at the very moment in which they are needed: during the upgrade. Tracers were removed, statistics renamed, and debug endpoints ask who calls.',
    remedy: 'Adapt what reads them first, and judge the upgrade by probes of your own.',
    severities: ['warns', 'informs'],
    pains: ['P46', 'P47'],
    changes: [
      ...['debug-endpoints-authorized', 'stats-compressed', 'opencensus-removed', 'lightstep-removed'],
      ...['gateway-upstream-spans', 'default-tracing-to-zipkin-gone', 'metric-rotation-removed'],
      ...['telemetry-envoyfilters-removed', 'remaining-breaker-metrics-off', 'cluster-stat-names-delimited'],
      ...['xds-api-generator-authorized', 'delta-xds-default'],
    ],
  },
  {
    id: 'ML-V009',
    title: 'gateways and routes keep their listeners under the target',
    looksAt: looksAt('Gateways, routes and policies of the Gateway API, and what selects their pods'),
    why: 'Kinds and versions of the Gateway API come and go with releases: listeners vanish, ignored policies take effect, or selectors find no pods.',
    remedy: 'Compare listeners and attached routes before and after each step.',
    severities: ['warns'],
    pains: ['P11', 'P33'],
    changes: [
      ...['gateway-api-alpha-kinds-off', 'service-parent-needs-group', 'tls-routes-on', 'strict-gateway-merging'],
      ...['backend-tls-policy-v1', 'inference-pool-alpha-gone', 'managed-gateways-rendered-whole'],
      ...['gateway-name-label-gone', 'private-addresses-not-internal'],
    ],
  },
  {
    id: 'ML-V010',
    title: 'what installed Istio can install the target',
    looksAt: looksAt('IstioOperator objects, ServiceAccounts of the base chart, discoverySelectors'),
    why: 'Charts and operators were removed or split: the upgrade stops half-way, an operator undoes it, or the older istiod loses its rights.',
    remedy: 'Migrate the installation at the version that runs, as a change of its own.',
    severities: ['warns'],
    pains: ['P20', 'P23', 'P45'],
    changes: [
      ...['in-cluster-operator-gone', 'istiod-remote-chart-gone', 'base-chart-drops-duplicate-rbac'],
      ...['openshift-profile-and-core-dumps', 'enhanced-resource-scoping'],
    ],
  },
];

/** Changes that a check of another kind tells of, or one of another family. */
export const toldElsewhere: Readonly<Record<string, string>> = {
  'kubernetes-1-32-needed': 'ML-C001',
  'crds-in-base-chart': 'ML-X002',
  'crds-read-as-v1': 'ML-X001',
  'default-hub-moved': 'ML-V015',
  'google-registries-retired': 'ML-V015',
  'envoyfilter-legacy-names-rejected': 'ML-E002, ML-E003, ML-E004',
  'filter-order-changed': 'ML-E005',
  'telemetry-cel-vocabulary': 'ML-E009',
  'cni-honours-excluded-namespaces': 'ML-A011',
  'dry-run-policies-reach-old-ztunnel': 'ML-A012',
  'passthrough-services-unknown-to-ztunnel': 'ML-A013',
  'ztunnel-named-by-release': 'ML-A014',
  'ztunnel-reconnect-larger': 'ML-A015',
  'ambient-dns-capture': 'ML-A016',
  'ambient-iptables-reconciled': 'ML-A016',
  'waypoint-attachment-by-label': 'ML-A016',
  'cni-config-only-for-root': 'ML-V012',
  'no-pod-lookup-by-address': 'ML-V012',
};

/** Ids of the changes that checks of this family name, in their order. */
export const themedChanges: readonly string[] = themes.flatMap(({ changes }) =>
  typeof changes === 'function' ? [] : changes,
);

const named: ReadonlySet<string> = new Set([...Object.keys(toldElsewhere), ...themedChanges]);

const others: Theme = {
  id: 'ML-V011',
  title: 'no other change on the way touches this mesh',
  looksAt: looksAt('What each change that a file of knowledge adds says'),
  why: 'A release can be described in a file, before this program knows it: what that file says is looked for like everything else.',
  remedy: 'As the file says.',
  severities: ['warns', 'informs'],
  pains: [],
  changes: (id) => !named.has(id),
};

/** What no object shows, as one list for a person. */
const manualChanges: Check = {
  id: 'ML-V012',
  title: 'nothing on the way depends on what the cluster does not show',
  looksAt: 'The changes on the way to the target that show in no object of the cluster, whole or in part.',
  why: 'Dashboards, scrapers, agents on nodes and foreign clients are no objects: only their owners know whether a change touches them.',
  remedy: 'Read the list once, and ignore it with a reason when it is done.',
  source: 'istio.io news/releases, change and upgrade notes; releasenotes/notes in istio/istio',
  severities: ['informs'],
  needs: ['target'],
  pains: ['P46', 'P47'],
  run: (view) =>
    metChanges(view).flatMap((change): Finding[] => {
      if (toldElsewhere[change.id] !== undefined && toldElsewhere[change.id] !== 'ML-V012') return [];
      if (change.id.startsWith('cni-') && view.mesh.components.cni === null && view.facts.daemonSets.unread === null)
        return [];
      const { state, why } = evaluate(change.detect, view);
      if (state !== 'manual') return [];
      return [
        {
          ...{ severity: 'informs', object: planeOf(view), field: '', value: change.id },
          message: `${sinceOf(change, view)}: ${change.title}. It touches ${change.affected}.`,
          why: `What happens: ${change.effect} ${why.join(' ')}`,
          remedy: remedyOf(change, view),
          source: change.source,
        },
      ];
    }),
};

/** Checks of changes, by number. */
export const themeChecks: readonly Check[] = [...[...themes, others].map(themeCheck), manualChanges];
