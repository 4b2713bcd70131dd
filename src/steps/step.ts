/** The unit that everything else is made of: a kind of step knows how to say, see, do, check and take back one thing. */
import type { KubeApi } from '../kube/api.ts';
import type { Facts } from '../mesh/facts.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Installer } from '../installers/installer.ts';
import type { StepSpec, Write } from './spec.ts';

/** What was seen of the cluster at one time. */
export interface View {
  readonly facts: Facts;
  readonly mesh: Mesh;
  /** Milliseconds since 1970 at which reading began: nothing in it is older. */
  readonly seenAt: number;
}

/**
 * Where a step stands. `ready`: it can be started. `waiting`: not yet, and it may become so by itself; `blocked`: it can't, and
 * only somebody's doing changes that. Unknown is never done and never ready.
 */
export type Observation =
  { readonly state: 'done' | 'ready' } | { readonly state: 'blocked' | 'waiting' | 'unknown'; readonly why: string };

/** What is seen after a step. `waiting` may still become `passed`; `failed` will not. */
export type Verdict =
  { readonly state: 'passed' } | { readonly state: 'waiting' | 'failed' | 'unknown'; readonly why: string };

/** Time, as an argument. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects with Aborted when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What a step may use while it works. */
export interface StepContext {
  /** Every write through it is journalled before it is sent, fenced by the lease, and refused after a stop. */
  readonly api: KubeApi;
  readonly clock: Clock;
  /** Fires when the run must stop now. */
  readonly signal: AbortSignal;
  /** Name of the run: marks on objects carry it. 'RUN' forward, 'RUN.back' in a rollback: a mark of one is none of the other. */
  readonly mark: string;
  /** A view that was read after this call began. @throws Transient, Blocked, Aborted */
  look(): Promise<View>;
  /** The tool that manages a release. @throws Blocked when it is none that meshlift may drive */
  readonly installer: Installer;
  /** Seconds for which something may be waited for (policy: gates, timeoutSeconds). */
  readonly limitSeconds: number;
  /** One line for the person and the journal. */
  note(text: string): void;
  /** What is waited for now: for the person alone, and not at every call. */
  waits(why: string): void;
  /** Evidence for the report: name and value, such as 'longest connection' and '12 s'. */
  evidence(name: string, value: string | number): void;
  /** The last evidence of that name that this step of this run left, by whatever process; null when there is none. */
  recall(name: string): Recalled | null;
}

/** Evidence as it was left. A measurement needs not be made again where what it was made on is seen to be the same still. */
export interface Recalled {
  readonly value: string | number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** No step has sent a write since. */
  readonly undisturbed: boolean;
}

/** A kind of step. All but `apply` are pure. */
export interface StepKind<S extends StepSpec> {
  /** One line, imperative: what a person would say. */
  describe(spec: S): string;
  /** Exactly what it will change. */
  writes(spec: S): readonly Write[];
  observe(view: View, spec: S): Observation;
  /** Idempotent: may be called again after a crash at any point. Every write carries a precondition. */
  apply(context: StepContext, spec: S): Promise<void>;
  /** What must hold after it. */
  verify(view: View, spec: S): Verdict;
  /** Its way back as steps; empty when it leaves nothing that must go back (or is removed by name elsewhere). */
  undo(spec: S): readonly StepSpec[];
}
