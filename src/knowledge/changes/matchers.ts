/** Short forms for the tables of changes. */
import type { DetectorName } from './detectors.ts';
import type { BehaviourChange, FieldMatcher, FieldTest, Matcher, MeshConfigMatcher, Revert } from './model.ts';

/** Resources as their CRDs are called. */
export const resource = {
  authorizationPolicies: 'authorizationpolicies.security.istio.io',
  backendTlsPolicies: 'backendtlspolicies.gateway.networking.k8s.io',
  destinationRules: 'destinationrules.networking.istio.io',
  envoyFilters: 'envoyfilters.networking.istio.io',
  gateways: 'gateways.gateway.networking.k8s.io',
  httpRoutes: 'httproutes.gateway.networking.k8s.io',
  istioOperators: 'istiooperators.install.istio.io',
  serviceEntries: 'serviceentries.networking.istio.io',
  tcpRoutes: 'tcproutes.gateway.networking.k8s.io',
  telemetries: 'telemetries.telemetry.istio.io',
  tlsRoutes: 'tlsroutes.gateway.networking.k8s.io',
  virtualServices: 'virtualservices.networking.istio.io',
} as const;

/** Nodes of an object on which all tests hold. */
export function field(of: string, each: string, ...tests: readonly FieldTest[]): FieldMatcher {
  return { kind: 'field', resource: of, each, tests };
}

/** Any object of the resource. */
export function anyObject(of: string): FieldMatcher {
  return field(of, '', exists('metadata.name'));
}

/** Nodes of pod templates, below `spec.template`, of every kind of workload. */
export function template(each: string, ...tests: readonly FieldTest[]): Matcher {
  const path = each === '' ? 'spec.template' : `spec.template.${each}`;
  return any(...['deployments.apps', 'statefulsets.apps', 'daemonsets.apps'].map((of) => field(of, path, ...tests)));
}

/** Nodes of the mesh config on which all tests hold. */
export function meshConfig(each: string, ...tests: readonly FieldTest[]): MeshConfigMatcher {
  return { kind: 'meshConfig', each, tests };
}

/** An environment variable of istiod that is set. */
export function env(name: string): Matcher {
  return { kind: 'env', name, on: 'istiod' };
}

/** Code of the checks. */
export function detector(name: DetectorName): Matcher {
  return { kind: 'detector', name };
}

/** What a person must look at. */
export function manual(why: string): Matcher {
  return { kind: 'manual', why };
}

/** One of them is enough. */
export function any(...of: readonly Matcher[]): Matcher {
  return { kind: 'any', of };
}

/** All must hold. */
export function all(...of: readonly Matcher[]): Matcher {
  return { kind: 'all', of };
}

/** The node has something at the path. */
export function exists(path: string): FieldTest {
  return { path, op: 'exists' };
}

/** The node has nothing at the path. */
export function absent(path: string): FieldTest {
  return { path, op: 'absent' };
}

/** Equal. */
export function equals(path: string, value: string | number | boolean): FieldTest {
  return { path, op: 'equals', value };
}

/** Not equal, or nothing there. */
export function differs(path: string, value: string | number | boolean): FieldTest {
  return { path, op: 'not-equals', value };
}

/** One of the texts. */
export function oneOf(path: string, ...value: readonly string[]): FieldTest {
  return { path, op: 'in', value };
}

/** A regular expression finds something. */
export function matches(path: string, value: string): FieldTest {
  return { path, op: 'matches', value };
}

/** Environment of istiod that brings the old behaviour back, until a version (excluded). */
export function byEnv(setting: string, until: string | null = null): Revert {
  return { by: 'env', setting, until };
}

/** A chart value that does. */
export function byValue(setting: string): Revert {
  return { by: 'value', setting, until: null };
}

/** A setting of the proxies that does. */
export function byProxy(setting: string): Revert {
  return { by: 'proxy', setting, until: null };
}

/** Files of releasenotes/notes in istio/istio. */
export function notes(...names: readonly string[]): string {
  return `istio/istio releasenotes/notes: ${names.map((name) => `${name}.yaml`).join(', ')}`;
}

/** A row of a table: `until` and `revert` null, `date` 2026-08-22, when a row does not say otherwise. */
export type ChangeRow = Omit<BehaviourChange, 'until' | 'revert' | 'date'> &
  Partial<Pick<BehaviourChange, 'until' | 'revert' | 'date'>>;

/** Rows as records. */
export function changes(rows: readonly ChangeRow[]): readonly BehaviourChange[] {
  return rows.map((row) => ({ until: null, revert: null, date: '2026-08-22', ...row }));
}
