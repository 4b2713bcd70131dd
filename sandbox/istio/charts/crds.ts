import type { KubeObject } from '../../../src/kube/api.ts';
import { standardLabels, type Labels } from './labels.ts';
import { atLeast, has, minorOf } from './version.ts';

/** How versions of an Istio API came and went; see `history`. */
type Line = 'networking' | 'policy' | 'peer' | 'telemetry' | 'v1alpha1' | 'v1alpha3' | 'v1beta1';

/** From which minor release a CRD serves which versions, the stored one first. Source: crd-all.gen.yaml of each tag. */
const history: Readonly<Record<Line, readonly (readonly [from: number, ...versions: string[]])[]>> = {
  networking: [
    [27, 'v1', 'v1alpha3', 'v1beta1'],
    [22, 'v1beta1', 'v1', 'v1alpha3'],
    [0, 'v1alpha3', 'v1beta1'],
  ],
  policy: [
    [28, 'v1', 'v1beta1'],
    [0, 'v1beta1', 'v1'],
  ],
  peer: [
    [28, 'v1', 'v1beta1'],
    [22, 'v1beta1', 'v1'],
    [0, 'v1beta1'],
  ],
  telemetry: [
    [22, 'v1alpha1', 'v1'],
    [0, 'v1alpha1'],
  ],
  v1alpha1: [[0, 'v1alpha1']],
  v1alpha3: [[0, 'v1alpha3']],
  v1beta1: [[0, 'v1beta1']],
};

/** The definitions of the base chart: group, kind, plural, line, short name. */
const definitions: readonly (readonly [group: string, kind: string, plural: string, line: Line, short?: string])[] = [
  ['extensions', 'TrafficExtension', 'trafficextensions', 'v1alpha1'],
  ['extensions', 'WasmPlugin', 'wasmplugins', 'v1alpha1'],
  ['networking', 'DestinationRule', 'destinationrules', 'networking', 'dr'],
  ['networking', 'EnvoyFilter', 'envoyfilters', 'v1alpha3'],
  ['networking', 'Gateway', 'gateways', 'networking', 'gw'],
  ['networking', 'ProxyConfig', 'proxyconfigs', 'v1beta1'],
  ['networking', 'ServiceEntry', 'serviceentries', 'networking', 'se'],
  ['networking', 'Sidecar', 'sidecars', 'networking'],
  ['networking', 'VirtualService', 'virtualservices', 'networking', 'vs'],
  ['networking', 'WorkloadEntry', 'workloadentries', 'networking', 'we'],
  ['networking', 'WorkloadGroup', 'workloadgroups', 'networking', 'wg'],
  ['security', 'AuthorizationPolicy', 'authorizationpolicies', 'policy', 'ap'],
  ['security', 'PeerAuthentication', 'peerauthentications', 'peer', 'pa'],
  ['security', 'RequestAuthentication', 'requestauthentications', 'policy', 'ra'],
  ['telemetry', 'Telemetry', 'telemetries', 'telemetry', 'telemetry'],
];

/** Labels before the charts had the standard ones. */
const oldLabels: Labels = { app: 'istio-pilot', chart: 'istio', heritage: 'Tiller', release: 'istio' };

/** `helm uninstall` deletes what lacks this; the CRD of WorkloadGroup lacked it before 1.28.2. */
function keep(plural: string, version: string): Labels {
  return plural === 'workloadgroups' && !atLeast(version, '1.28.2') ? {} : { 'helm.sh/resource-policy': 'keep' };
}

function servedVersions(line: Line, version: string): object[] {
  const [, stored = '', ...others] = history[line].find(([from]) => minorOf(version) >= from) ?? [0];
  return [stored, ...others].sort().map((name) => ({ name, served: true, storage: name === stored }));
}

/**
 * The CustomResourceDefinitions of the base chart, names and versions without schemas: 14, from 1.30 on 15.
 * Throws InvalidInput for what is no version.
 */
export function customResources(options: { readonly version: string; readonly release: string }): KubeObject[] {
  const { version, release } = options;
  const labels = has(version, 'standardLabels') ? standardLabels({ name: 'base', release, version }) : oldLabels;
  return definitions
    .filter(([, kind]) => kind !== 'TrafficExtension' || has(version, 'trafficExtensions'))
    .map(([group, kind, plural, line, short]) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}.istio.io`, labels, annotations: keep(plural, version) },
      spec: {
        group: `${group}.istio.io`,
        names: {
          categories: ['istio-io', `${group}-istio-io`],
          kind,
          listKind: `${kind}List`,
          plural,
          singular: kind.toLowerCase(),
          ...(short === undefined ? {} : { shortNames: [short] }),
        },
        scope: 'Namespaced',
        versions: servedVersions(line, version),
      },
    }));
}
