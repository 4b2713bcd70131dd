/**
 * What a check is: data and one pure function. The runner decides whether it can run, counts and groups; nothing else of a
 * report is a check's business.
 */
import type { Hop, HopResult, Strategy } from '../knowledge/hops.ts';
import type { Knowledge } from '../knowledge/model.ts';
import type { FactKind, Facts } from '../mesh/facts.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Lookup } from './lookup.ts';

/**
 * blocks: the upgrade must not begin (traffic would be lost, or it would stop half-way). warns: it can begin, but a person should
 * decide. informs: good to know; nothing has to be done.
 */
export type Severity = 'blocks' | 'warns' | 'informs';

/** The object that a finding is about. `namespace` is '' for cluster-scoped kinds. */
export interface FoundObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Something that is not as it should be. */
export interface Finding {
  readonly severity: Severity;
  readonly object: FoundObject;
  /** Path of the field that says so, as in `kubectl explain`: 'webhooks[].clientConfig.service.name'; '' when it is the object itself. */
  readonly field: string;
  /** What the field holds; '' when it is absent. */
  readonly value: string;
  /** What is wrong, in one sentence that names the value. */
  readonly message: string;
  /** What would happen because of it, at the upgrade or now; one or two sentences. */
  readonly why: string;
  /** The exact command, or the change to make. */
  readonly remedy: string;
  /** Where it is known from, when not the source of the check itself. */
  readonly source?: string;
}

/** One object about which the check can't say anything. Never to be taken for fine. */
export interface Unseen {
  readonly object: FoundObject;
  /** Why, in a sentence. */
  readonly unseen: string;
}

/** What the person wants to upgrade to. */
export interface Target {
  /** For example '1.30.3'. */
  readonly version: string;
  readonly strategy: Strategy;
  /** Version of the control plane that the upgrade starts from: the oldest that runs; null when none has a known version. */
  readonly from: string | null;
  /** Revision of that control plane; null when there is none. */
  readonly fromRevision: string | null;
  /** Empty when the way is refused, not known, or no step is needed. */
  readonly hops: readonly Hop[];
  /** What the planner of hops said; null when `from` is not known. */
  readonly way: HopResult | null;
}

/** All that a check may look at. Plain data; nothing in it changes while the checks run. */
export interface CheckView {
  readonly facts: Facts;
  readonly mesh: Mesh;
  /** Null when no target was given: only checks that do not need one run. */
  readonly target: Target | null;
  readonly knowledge: Knowledge;
  /** YYYY-MM-DD. */
  readonly today: string;
  /** The facts by name, owner and namespace: made once, however many checks ask. */
  readonly look: Lookup;
}

/** What a check can't do without: a list of the facts, the version of Kubernetes, or a target version that is known. */
export type Need = FactKind | 'kubernetesVersion' | 'target';

/** Names of the families, each with the letter of its ids. */
export const familyLetters = {
  cluster: 'C',
  'control-plane': 'P',
  webhooks: 'W',
  revisions: 'R',
  injection: 'I',
  'data-plane': 'D',
  fitness: 'F',
  gateways: 'G',
  ambient: 'A',
  crds: 'X',
  ownership: 'O',
  extensions: 'E',
  values: 'V',
  multicluster: 'M',
} as const;

/** Name of a family. */
export type FamilyName = keyof typeof familyLetters;

/** One check. */
export interface Check {
  /** Stable for ever: ML-, the letter of the family, three digits. */
  readonly id: string;
  /** What holds when all is well, as a sentence without a dot: 'every webhook points to a Service with a ready pod'. */
  readonly title: string;
  /** Which fields of which objects it looks at; for its page. */
  readonly looksAt: string;
  /** Why it matters, for its page: what happened to people who did not see it. */
  readonly why: string;
  /** What to do, in general, for its page. */
  readonly remedy: string;
  /** Issue, release note or file of a repository that a person can look up. */
  readonly source: string;
  /** Every severity that its findings may have, the worst first. */
  readonly severities: readonly Severity[];
  /** Without these it does not run, and the report says which could not be seen. */
  readonly needs: readonly Need[];
  /** Failures of users that it finds beforehand, by their numbers P01 to P66; may be empty. */
  readonly pains: readonly string[];
  /** Every finding, in an order that depends on the facts alone. Never throws, reads no clock and no environment. */
  readonly run: (view: CheckView) => readonly (Finding | Unseen)[];
}

/** Checks about one thing. */
export interface Family {
  readonly name: FamilyName;
  /** For headings: 'Webhooks and validation'. */
  readonly title: string;
  readonly checks: readonly Check[];
}

/** Whether it is a finding, not an object that could not be judged. */
export function isFinding(one: Finding | Unseen): one is Finding {
  return 'severity' in one;
}

/** Page of a check in the documentation, from the root of the package. */
export function pageOf(id: string): string {
  return `docs/checks/${id}.md`;
}
