/** What the engine needs of the world; the command line, the demo and the simulator each bring their own. */
import type { KubeApi } from '../kube/api.ts';
import type { Installer } from '../installers/installer.ts';
import type { Journal } from '../journal/journal.ts';
import type { Lease } from '../journal/lease.ts';
import type { UpgradePlan } from '../planner/plan.ts';
import type { PromCondition } from '../policy/policy.ts';
import type { Release, StepKindName, StepSpec } from '../steps/spec.ts';
import type { Clock, StepKind, View } from '../steps/step.ts';
import type { Control } from './control.ts';
import type { EngineEvent, TrafficLine } from './events.ts';
import type { Rejections } from './gates.ts';
import type { Look } from './look.ts';

/** Kinds of steps by name. */
export type StepKinds = { readonly [K in StepKindName]: StepKind<Extract<StepSpec, { kind: K }>> };

/** Running traffic. */
export interface Traffic {
  /** Totals since it began. */
  lines(): readonly TrafficLine[];
}

/** The world. */
export interface World {
  readonly api: KubeApi;
  readonly clock: Clock;
  /** Reads the whole mesh; nothing in the answer is older than the call. */
  read(signal?: AbortSignal): Promise<View>;
  /** @throws Blocked when the owner's tool may not be driven */
  installer(release: Release): Installer;
  /** pilot_total_xds_rejects of each istiod pod. */
  rejections(view: View): Promise<Rejections>;
  /** One number of a PromQL query; null: inconclusive. */
  prometheus(
    condition: PromCondition,
    revisions: { readonly old: string; readonly new: string },
  ): Promise<number | null>;
  readonly traffic: Traffic | null;
  readonly kinds: StepKinds;
  tell(event: EngineEvent): void;
}

/** A run that holds the lease. */
export interface Session {
  /** Who runs it: 'user@host pid'. */
  readonly identity: string;
  readonly world: World;
  readonly plan: UpgradePlan;
  readonly journal: Journal;
  readonly lease: Lease;
  readonly control: Control;
  readonly look: Look;
}
