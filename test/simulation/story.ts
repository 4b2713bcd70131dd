/** A story: legs of a run on a stage, each by a process of its own, which may be killed and followed by another one. */
import { execute, type Executed } from '../../src/engine/execute.ts';
import { describing } from '../../src/engine/execute.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import type { Phase } from '../../src/journal/entry.ts';
import { planBack } from '../../src/planner/back.ts';
import { toText } from '../../src/planner/document.ts';
import type { UpgradePlan } from '../../src/planner/plan.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { sandboxInstaller } from '../../src/installers/sandbox.ts';
import { stepKinds } from '../../src/steps/kinds.ts';
import type { Write } from '../../src/steps/spec.ts';
import { planOn } from '../upgrade/plan.ts';
import { freshViews } from '../upgrade/fresh-view.ts';
import type { ApiCall, Interposer } from '../upgrade/interpose.ts';
import { startProcess, type Process } from '../upgrade/process.ts';
import { passing, stage, worldOn, type RuntimeOverlay, type Stage } from '../upgrade/world.ts';
import { differences, endState, type EndState } from './end-state.ts';
import { Oracle, type Excused, type Violation } from './oracle/oracle.ts';

/** A phase of the run, to its end or to a stage. */
export interface Leg {
  readonly phase: Phase;
  readonly until?: string;
  /** Milliseconds after which a second process begins while the first one lives. */
  readonly rivalAfterMs?: number;
  /** Back only: the new control plane is removed at the end. Default true. */
  readonly removeNew?: boolean;
  /** Milliseconds of the story before which it does not begin. Default 0. */
  readonly notBefore?: number;
}

/** What is told. */
export interface StorySpec {
  readonly scenario: string;
  readonly to: string;
  readonly policy: Partial<Policy>;
  readonly legs: readonly Leg[];
  /** What a person does before the plan is made. */
  readonly before?: (stage: Stage) => void;
}

/** What is done to the process that is running. `write`: 1 for the first write of the story, dry runs not counted; 0 for a read. */
export type Disturb = (call: ApiCall, write: number, process: Process) => Interposer | null;

/** How it is told this time. */
export interface Telling {
  readonly seed?: number;
  readonly disturb?: Disturb;
  readonly excused?: Excused;
  /** Reads go to the cluster each time, so that `disturb` sees them. Default false. */
  readonly everyRead?: boolean;
  /** Called when all is set, before the first leg. */
  readonly begin?: (stage: Stage, plan: UpgradePlan) => void;
  /** Told every event of the engine as it comes. */
  readonly onEvent?: (event: EngineEvent, stage: Stage, plan: UpgradePlan) => void;
  /** Lays something between every process and the cluster. */
  readonly api?: (stage: Stage) => KubeApi;
  /** Lays something over the model that runs pods. */
  readonly runtime?: RuntimeOverlay;
  /** Processes that may follow each other in one leg. Default 4. */
  readonly processes?: number;
}

/** A write as it was sent. */
export interface SentWrite {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** 'patch pods shop/web-1'. */
  readonly text: string;
  readonly call: ApiCall;
  /** Number of the process that sent it, from 1 on in every leg. */
  readonly by: number;
}

/** What came of it. */
export interface Told {
  readonly executed: readonly (Executed | string)[];
  readonly violations: readonly Violation[];
  readonly end: EndState;
  /** Pods made by workload. */
  readonly made: Readonly<Record<string, number>>;
  readonly writes: readonly SentWrite[];
  readonly plan: UpgradePlan;
  /** Milliseconds since 1970 at which the first leg began. */
  readonly began: number;
  readonly virtualSeconds: number;
  readonly events: readonly EngineEvent[];
}

/** Milliseconds that a write is on its way back: so that each has a moment of its own. */
const latencyMs = 10;

/** Tells a story. */
export async function tell(spec: StorySpec, telling: Telling = {}): Promise<Told> {
  const set = await stage(spec.scenario, telling.seed ?? 1, telling.runtime);
  spec.before?.(set);
  const plan = await passing(set.scheduler, planOn(set, spec.to, spec.policy));
  const oracle = new Oracle(set, plan, allWrites(plan), telling.excused ?? {});
  const views = freshViews(set);
  const began = set.scheduler.now();
  telling.begin?.(set, plan);
  const run: Running = {
    spec,
    telling,
    set,
    plan,
    text: toText(plan),
    oracle,
    views,
    writes: [],
    events: [],
    kills: [],
    api: telling.api?.(set) ?? set.cluster.api,
  };
  const executed: (Executed | string)[] = [];
  for (const leg of spec.legs) {
    const rest = began + (leg.notBefore ?? 0) - set.scheduler.now();
    if (rest > 0) await passing(set.scheduler, set.clock.sleep(rest), { moment: () => oracle.moment() });
    executed.push(await oneLeg(run, leg));
  }
  views.close();
  oracle.close(run.kills.length === 0);
  const end = endState(set.cluster.store, oracle.mirror);
  set.cluster.close();
  return {
    ...{ executed, violations: oracle.violations, end, writes: run.writes, events: run.events, plan, began },
    made: Object.fromEntries([...oracle.mirror.made].sort()),
    virtualSeconds: (set.scheduler.now() - began) / 1000,
  };
}

interface Running {
  readonly spec: StorySpec;
  readonly telling: Telling;
  readonly set: Stage;
  readonly plan: UpgradePlan;
  readonly text: string;
  readonly oracle: Oracle;
  readonly views: ReturnType<typeof freshViews>;
  readonly writes: SentWrite[];
  readonly events: EngineEvent[];
  /** Times of kills. */
  readonly kills: number[];
  readonly api: KubeApi;
}

async function oneLeg(run: Running, leg: Leg): Promise<Executed | string> {
  const { set, oracle, telling } = run;
  oracle.phase(leg.phase);
  for (let number = 1; ; number += 1) {
    run.events.length = 0;
    const { process, killed } = launch(run, number);
    const going = begin(run, process, leg, number).catch((error: unknown) => String(error));
    const all = leg.rivalAfterMs === undefined ? going : withRival(run, leg, going, leg.rivalAfterMs);
    const ended = await passing(set.scheduler, Promise.race([all, killed]), { moment: () => oracle.moment() });
    if (ended !== 'killed') return ended;
    run.kills.push(set.scheduler.now());
    if (number >= (telling.processes ?? 4)) return 'killed too often';
  }
}

function launch(run: Running, number: number): { readonly process: Process; readonly killed: Promise<'killed'> } {
  let dead = (): void => undefined;
  const killed = new Promise<'killed'>((resolve) => (dead = () => resolve('killed')));
  const process: Process = startProcess(
    number,
    { api: run.api, clock: run.set.clock },
    (call, go) => around(run, process, call, go),
    () => dead(),
  );
  return { process, killed };
}

/** A second process that begins while the first one lives. @returns how the second one ends, when both have ended */
async function withRival(
  run: Running,
  leg: Leg,
  first: Promise<Executed | string>,
  afterMs: number,
): Promise<Executed | string> {
  await run.set.clock.sleep(afterMs);
  const rival = begin(run, launch(run, 2).process, leg, 2).catch((error: unknown) => String(error));
  await first;
  return rival;
}

function begin(run: Running, process: Process, leg: Leg, number: number): Promise<Executed> {
  const { set, plan, text, oracle, views, telling } = run;
  const world = {
    ...worldOn(set, process.api),
    tell: (event: EngineEvent) => {
      run.events.push(event);
      telling.onEvent?.(event, set, plan);
    },
    clock: process.clock,
    installer: () => sandboxInstaller({ api: process.api, clock: process.clock }),
    ...(telling.everyRead === true ? {} : { read: () => views.read(process.api) }),
  };
  return execute(world, plan, {
    ...{ phase: leg.phase, identity: `process ${number}`, planText: text },
    ...(leg.until === undefined ? {} : { until: leg.until }),
    ...(leg.phase === 'back' ? { back: { removeNew: leg.removeNew ?? true } } : {}),
    onControl: (control) => {
      oracle.phase(leg.phase);
      control.signal.addEventListener('abort', () => oracle.stopped());
    },
  });
}

async function around<T>(run: Running, process: Process, call: ApiCall, go: () => Promise<T>): Promise<T> {
  const { telling, oracle, set } = run;
  let number = 0;
  if (call.writes) {
    const text = `${call.verb} ${call.resource} ${call.namespace}/${call.name}`;
    number = run.writes.push({ at: set.scheduler.now(), text, call, by: process.number });
    oracle.sent(call);
  }
  const disturbed = telling.disturb?.(call, number, process) ?? null;
  const result = disturbed === null ? await go() : await disturbed(call, go);
  if (call.writes) await set.clock.sleep(latencyMs);
  return result;
}

function allWrites(plan: UpgradePlan): readonly Write[] {
  const back = planBack(plan, describing(stepKinds), { removeNew: true });
  return [...plan.stages, plan.completion, ...back].flatMap(({ steps }) => steps.flatMap(({ writes }) => writes));
}

/** What differs from how it ends undisturbed; empty: nothing. */
export function deviations(undisturbed: Told, told: Told): readonly string[] {
  const broken = told.violations.map(({ invariant, what }) => `${invariant}: ${what}`);
  const ends = told.executed.flatMap((one, index) => {
    const wanted = endOf(undisturbed.executed[index]);
    return endOf(one) === wanted ? [] : [`leg ${index + 1} ended ${describeEnd(one)} and not ${wanted}`];
  });
  const made = Object.keys({ ...undisturbed.made, ...told.made })
    .filter((workload) => !isPassing(workload) && undisturbed.made[workload] !== told.made[workload])
    .map(
      (workload) =>
        `${workload}: ${told.made[workload] ?? 0} pods were made and not ${undisturbed.made[workload] ?? 0}`,
    );
  return [...broken, ...ends, ...made, ...differences(undisturbed.end, told.end)];
}

/** Pods of a proof come again with every process; how often an istiod is made is its installer's matter. */
function isPassing(workload: string): boolean {
  return workload === '' || workload.includes('istio-system/');
}

function endOf(executed: Executed | string | undefined): string {
  if (executed === undefined || typeof executed === 'string') return executed ?? 'never';
  return executed.outcome.end + (executed.wentBack === null ? '' : `, back ${executed.wentBack.outcome.end}`);
}

/** How a leg ended, in words. */
export function describeEnd(executed: Executed | string | undefined): string {
  if (executed === undefined || typeof executed === 'string') return executed ?? 'never';
  const { outcome } = executed;
  const why = outcome.end === 'halted' ? outcome.error.message : outcome.end === 'stopped' ? outcome.stop.why : '';
  return `${endOf(executed)}${why === '' ? '' : `: ${why}`}`;
}
