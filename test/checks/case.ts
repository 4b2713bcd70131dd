/** Cases of checks: a mesh in which a check must find something, and one that is near to it in which it must not. */
import { builtInKnowledge } from '../../src/knowledge/knowledge.ts';
import type { Knowledge } from '../../src/knowledge/model.ts';
import type { Facts } from '../../src/mesh/facts.ts';
import type { Severity } from '../../src/checks/check.ts';
import type { TargetRequest } from '../../src/checks/target.ts';

/** What a check must say, exactly: each finding's severity and object ('Kind namespace/name'), in any order. */
export type Expected = readonly (readonly [severity: Severity, object: string])[];

/** One case. */
export interface CheckCase {
  readonly id: string;
  /** What is so in this mesh, in some words; unique within the check. */
  readonly name: string;
  readonly facts: Facts;
  /** Findings; empty: none at all, and nothing unseen. 'unseen': no finding, and at least one object that can't be judged. */
  readonly expect: Expected | 'unseen';
  /** Null when the check needs no target. */
  readonly target: TargetRequest | null;
  readonly knowledge: Knowledge;
  readonly today: string;
}

/** What a case may set besides its mesh. */
export interface CaseOptions {
  /** Target version; default none. */
  readonly to?: string;
  /** Default 'revision'. */
  readonly strategy?: TargetRequest['strategy'];
  readonly knowledge?: Knowledge;
  /** Default '2026-09-01'. */
  readonly today?: string;
}

/** A case in which the check must have exactly these findings. */
export function fires(id: string, name: string, facts: Facts, expect: Expected, options: CaseOptions = {}): CheckCase {
  return { id, name, facts, expect, ...settings(options) };
}

/** A near miss: a case in which the check must find nothing. */
export function silent(id: string, name: string, facts: Facts, options: CaseOptions = {}): CheckCase {
  return { id, name, facts, expect: [], ...settings(options) };
}

/** A case in which the check must say that it can't judge some object. */
export function unseen(id: string, name: string, facts: Facts, options: CaseOptions = {}): CheckCase {
  return { id, name, facts, expect: 'unseen', ...settings(options) };
}

function settings({ to, strategy, knowledge, today }: CaseOptions): Pick<CheckCase, 'target' | 'knowledge' | 'today'> {
  return {
    target: to === undefined ? null : { to, strategy: strategy ?? 'revision' },
    knowledge: knowledge ?? builtInKnowledge,
    today: today ?? '2026-09-01',
  };
}
