/** The document that `meshlift knowledge` prints (docs/schema/knowledge.schema.json, KnowledgeReport). */
import { changesBetween, revertIn, type MetChange } from '../../knowledge/changes/between.ts';
import type { BehaviourChange } from '../../knowledge/changes/model.ts';
import { flagChanges, type FlagChanges } from '../../knowledge/flags.ts';
import { planHops, type HopResult } from '../../knowledge/hops.ts';
import { age } from '../../knowledge/knowledge.ts';
import type { BadPair, FlagTable, Knowledge, KnowledgePart, Release } from '../../knowledge/model.ts';
import { pairsBetween } from '../../knowledge/pairs.ts';
import { supportOf, type Support } from '../../knowledge/support.ts';
import { minorOf, minorsBetween } from '../../knowledge/versions.ts';
import type { Section } from './options.ts';

/** A change, and when a move is asked for, which way it goes. `revert` is then what works in the version that is wanted. */
export interface ReportedChange extends BehaviourChange {
  readonly direction: MetChange['direction'] | null;
}

/** The document. Parts that were not asked for are null. */
export interface KnowledgeReport {
  readonly apiVersion: 'meshlift.dev/v1alpha1';
  readonly kind: 'KnowledgeReport';
  readonly toolVersion: string;
  readonly parts: readonly KnowledgePart[];
  /** Of the built-in part. */
  readonly age: { readonly date: string; readonly days: number };
  /** Full versions of the move that is asked for; null without one. */
  readonly move: Move | null;
  /** How the move is made, without regard to the cluster's Kubernetes; null without a move. */
  readonly ways: { readonly revision: HopResult; readonly inPlace: HopResult } | null;
  readonly releases: readonly (Release & { readonly support: Support })[] | null;
  readonly changes: readonly ReportedChange[] | null;
  /** All flags; null with a move. */
  readonly flags: FlagTable | null;
  /** What the move does to flags; null without one, and when the flags of a side are not known. */
  readonly flagChanges: FlagChanges | null;
  readonly pairs: readonly BadPair[] | null;
}

/** From one full version to another. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** What the document is made of. `section` null: all. */
export interface ReportRequest {
  readonly knowledge: Knowledge;
  readonly section: Section | null;
  readonly move: Move | null;
  /** YYYY-MM-DD. */
  readonly today: string;
  readonly toolVersion: string;
}

/** Makes the document; both versions of the move are known ones. */
export function knowledgeReport(request: ReportRequest): KnowledgeReport {
  const { knowledge, section, move, today, toolVersion } = request;
  const wants = (part: Section): boolean => section === null || section === part;
  return {
    ...{ apiVersion: 'meshlift.dev/v1alpha1', kind: 'KnowledgeReport', toolVersion },
    parts: knowledge.parts,
    age: age(knowledge, today),
    move,
    ways: move && ways(move, knowledge),
    releases: wants('releases') ? releasesOf(request) : null,
    changes: wants('changes') ? changesOf(knowledge, move) : null,
    flags: wants('flags') && move === null ? knowledge.flags : null,
    flagChanges:
      wants('flags') && move ? flagChanges(minorOf(move.from) ?? '', minorOf(move.to) ?? '', knowledge.flags) : null,
    pairs: !wants('pairs') ? null : move ? pairsBetween(move.from, move.to, knowledge) : knowledge.pairs,
  };
}

function ways(move: Move, knowledge: Knowledge): { revision: HopResult; inPlace: HopResult } {
  const plan = (strategy: 'revision' | 'in-place'): HopResult =>
    planHops({ ...move, strategy, kubernetes: null, knowledge, downgrade: true });
  return { revision: plan('revision'), inPlace: plan('in-place') };
}

function releasesOf({ knowledge, move, today }: ReportRequest): KnowledgeReport['releases'] {
  const [low, high] = move === null ? [null, null] : orderly(move);
  const between = ({ minor }: Release): boolean =>
    low === null ||
    high === null ||
    ((minorsBetween(low, minor) ?? -1) >= 0 && (minorsBetween(minor, high) ?? -1) >= 0);
  return knowledge.releases
    .filter(between)
    .map((release) => ({ ...release, support: supportOf(release.minor, today, knowledge) }));
}

function orderly({ from, to }: Move): readonly [string, string] {
  return (minorsBetween(from, to) ?? 0) < 0 ? [to, from] : [from, to];
}

function changesOf({ changes }: Knowledge, move: Move | null): readonly ReportedChange[] {
  if (move === null) return changes.map((change) => ({ ...change, direction: null }));
  return changesBetween(move.from, move.to, changes).map(({ change, direction }) => ({
    ...change,
    revert: revertIn(move.to, change),
    direction,
  }));
}
