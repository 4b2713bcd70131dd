/** A change of Istio's behaviour, and how a cluster shows whether it is exposed to it: data that the checks evaluate. */
import type { DetectorName } from './detectors.ts';

/** high: traffic is lost or the upgrade is stopped. medium: behaviour changes. low: tools and telemetry. */
export type Severity = 'high' | 'medium' | 'low';

/** One change. */
export interface BehaviourChange {
  /** Unique, kebab-case. */
  readonly id: string;
  /**
   * First version of every line that has it, oldest first: ['1.27.6', '1.28.4', '1.29.0']. A later minor has it too. Changes come
   * in patch releases as well, so these are full versions.
   */
  readonly since: readonly string[];
  /** First version that has it no more; null: all later ones have it. */
  readonly until: string | null;
  readonly title: string;
  /** What happens at the upgrade. */
  readonly effect: string;
  /** Who meets it. */
  readonly affected: string;
  readonly severity: Severity;
  readonly detect: Matcher;
  /** What to do before the upgrade, in the imperative. */
  readonly remedy: string;
  /** What brings the old behaviour back; null: nothing. */
  readonly revert: Revert | null;
  readonly source: string;
  /** Day at which the source said so, YYYY-MM-DD. */
  readonly date: string;
}

/** A setting that restores the behaviour before the change. */
export interface Revert {
  /** env: of istiod. proxy: in proxyMetadata or an annotation. compatibility: compatibilityVersion of the charts. value: of a chart. */
  readonly by: 'env' | 'proxy' | 'compatibility' | 'value';
  /** As it is written there: 'ENABLE_AUTO_SNI=false', '1.21'. */
  readonly setting: string;
  /** First version in which it has no effect; null: none known. */
  readonly until: string | null;
}

/** How exposure shows. What a matcher can't see counts as unknown, not as unexposed. */
export type Matcher =
  | FieldMatcher
  | MeshConfigMatcher
  /** Environment variable set explicitly on istiod or, by proxyMetadata or annotation, on a proxy; to any value. */
  | { readonly kind: 'env'; readonly name: string; readonly on: 'istiod' | 'proxy' }
  /** A question that needs several objects: code, named in `detectors.ts`. */
  | { readonly kind: 'detector'; readonly name: DetectorName }
  /** No object shows it; a person must decide. */
  | { readonly kind: 'manual'; readonly why: string }
  /** Any or all of several; what is unknown in it stays unknown unless the others decide. */
  | { readonly kind: 'any' | 'all'; readonly of: readonly Matcher[] };

/** Some object of a resource has some node on which all tests hold. */
export interface FieldMatcher {
  readonly kind: 'field';
  /** As in a CRD's name: 'services', 'destinationrules.networking.istio.io'. */
  readonly resource: string;
  /**
   * Path to the nodes that are tested, '' for the object itself. Parts are parted by dots; `[]` after a part: every element of the
   * list; `**`: this node and all below it. Keys with dots stand in brackets: 'metadata.annotations[a.b/c]'.
   */
  readonly each: string;
  readonly tests: readonly FieldTest[];
}

/** The same over the mesh config of every control plane. */
export interface MeshConfigMatcher {
  readonly kind: 'meshConfig';
  readonly each: string;
  readonly tests: readonly FieldTest[];
}

/** One test on a node; `path` as in FieldMatcher, '' for the node itself. With several nodes, one that passes is enough. */
export type FieldTest =
  | { readonly path: string; readonly op: 'exists' | 'absent' }
  /** not-equals: no node at the path has the value; passes also when there is none. */
  | { readonly path: string; readonly op: 'equals' | 'not-equals'; readonly value: string | number | boolean }
  | { readonly path: string; readonly op: 'in'; readonly value: readonly string[] }
  /** A regular expression over text, not anchored. */
  | { readonly path: string; readonly op: 'matches'; readonly value: string };
