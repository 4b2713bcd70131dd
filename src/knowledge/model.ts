/** What is known of Istio versions, as plain data. Every datum says where it comes from and when that was so. */
import type { BehaviourChange, Severity } from './changes/model.ts';

/** A value with its origin. */
export interface Datum<T> {
  readonly value: T;
  /** A page, a file of a repository, or a tag that a person can look up. */
  readonly source: string;
  /** Day at which the source said so, YYYY-MM-DD. */
  readonly date: string;
}

/** Kubernetes minors from and to, both included: '1.32' to '1.36'. */
export interface MinorRange {
  readonly from: string;
  readonly to: string;
}

/** A minor of Istio. */
export interface Release {
  /** For example '1.30'. */
  readonly minor: string;
  /** Day of its first release, YYYY-MM-DD. */
  readonly released: Datum<string>;
  /** Last day of support, YYYY-MM-DD; null: not announced when the source was read. */
  readonly endOfLife: Datum<string | null>;
  /** Kubernetes minors that the documentation calls supported. */
  readonly kubernetes: Datum<MinorRange>;
  /** Oldest Kubernetes minor that istioctl accepts without a warning; may be older than the documentation's. Null: not known. */
  readonly codeMinimum: Datum<string> | null;
  /** Newest patch known, for example '1.30.5'. Numbers have holes: others must not be derived by counting. */
  readonly latest: Datum<string>;
}

/** Versions from (included) up to (not included); null: open at that end. */
export interface VersionSpan {
  readonly from: string | null;
  readonly before: string | null;
}

/** Two versions that are known to fail together, or a move from one to the other that is. */
export interface BadPair {
  /** Unique, kebab-case. */
  readonly id: string;
  readonly title: string;
  /** What is older or is left: it runs already. */
  readonly from: readonly VersionSpan[];
  /** What comes. */
  readonly to: readonly VersionSpan[];
  /** Whose versions the two are: `from` is of the first word, `to` of the second. */
  readonly between: PairKind;
  /** What happens. */
  readonly effect: string;
  /** Which meshes meet it. */
  readonly affected: string;
  readonly remedy: string;
  readonly severity: Severity;
  readonly source: string;
  readonly date: string;
}

/**
 * `control-planes`: the one that is left and the one that comes. `proxy-control-plane`: a proxy of version `from` under a
 * control plane of version `to`. `nodes`: istio-cni or ztunnel before and after. `installer`: what was installed and what installs.
 */
export type PairKind = 'control-planes' | 'proxy-control-plane' | 'nodes' | 'installer';

/** Environment flags of istiod and of proxies. */
export interface FlagTable {
  /** Minors that the table covers, oldest first. What is not here is not known. */
  readonly minors: readonly string[];
  /** By name: from which minor on which default holds; null: the flag does not exist from there on. Oldest first. */
  readonly flags: Readonly<Record<string, readonly FlagPhase[]>>;
  readonly source: string;
  readonly date: string;
}

/** [minor, default]. A default that is code and not a literal is written as in the code. */
export type FlagPhase = readonly [minor: string, value: string | null];

/** Where a part of the knowledge comes from. */
export interface KnowledgePart {
  /** 'built in' or the name of a file. */
  readonly name: string;
  /** YYYY-MM-DD. */
  readonly date: string;
}

/** All of it. */
export interface Knowledge {
  /** The built-in part first, then the files that extend it. */
  readonly parts: readonly KnowledgePart[];
  /** Oldest first. */
  readonly releases: readonly Release[];
  readonly changes: readonly BehaviourChange[];
  readonly flags: FlagTable;
  readonly pairs: readonly BadPair[];
}
