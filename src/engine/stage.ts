/** One stage: its steps, then its gate. */
import { Blocked } from '../errors.ts';
import type { PlannedStep, Stage } from '../planner/plan.ts';
import type { Before } from './before.ts';
import type { Session } from './deps.ts';
import type { GateResult } from './gates.ts';
import { measureGate } from './measure.ts';
import { mustStart } from './must-start.ts';
import type { Pace } from './pace.ts';
import { steadily } from './retry.ts';
import { runStep } from './step.ts';

/** Milliseconds between two measurements of a gate. */
const gatePollMs = 2000;

/** What a stage is run with. */
export interface StageOptions {
  readonly mark: string;
  readonly before: Before;
  /** Runs renewals side by side. */
  readonly pace: Pace;
  /** Steps that are over: a later one has replaced what they did. Default: none. */
  readonly isOver?: (step: PlannedStep) => boolean;
}

/** Runs a stage to its passed gate. @throws what steps throw; Blocked when the gate fails or is not passed in time; Aborted */
export async function runStage(session: Session, stage: Stage, options: StageOptions): Promise<void> {
  for (const group of groups(stage.steps)) {
    mustStart(session);
    const [first] = group;
    if (first?.spec.kind === 'renew-workload')
      await options.pace.runRenewals(session, group, { mark: options.mark, stage: stage.id });
    else for (const step of group) await oneByOne(session, step, options);
  }
  await passGate(session, stage, options.before);
}

async function oneByOne(session: Session, step: PlannedStep, { mark, isOver }: StageOptions): Promise<void> {
  mustStart(session);
  if (isOver?.(step) !== true) return void (await runStep(session, step, mark));
  const detail = 'a later step has been begun on the same object';
  await session.journal.append({ type: 'step', step: step.id, what: 'skipped', detail });
  session.world.tell({ type: 'step', step: step.id, title: step.title, what: 'skipped', detail: '' });
}

/** Renewals that follow each other go together; every other step stands alone. */
function groups(steps: readonly PlannedStep[]): readonly (readonly PlannedStep[])[] {
  const found: PlannedStep[][] = [];
  for (const step of steps) {
    const last = found.at(-1);
    const together = step.spec.kind === 'renew-workload' && last?.[0]?.spec.kind === 'renew-workload';
    if (together) last?.push(step);
    else found.push([step]);
  }
  return found;
}

async function passGate(session: Session, stage: Stage, before: Before): Promise<void> {
  const { world, plan, control } = session;
  const began = world.clock.now();
  const limitMs = plan.policy.gates.timeoutSeconds * 1000;
  for (;;) {
    const results = await steadily(session, () => measureGate(session, stage, before));
    control.mustGoOn();
    world.tell({ type: 'gate', stage: stage.id, results });
    const open = results.filter(({ verdict }) => verdict !== 'passed');
    const failed = open.find(({ verdict }) => verdict === 'failed');
    const late = world.clock.now() - began >= limitMs;
    if (open.length === 0 || failed !== undefined || late) await write(session, stage, results);
    if (open.length === 0) return;
    if (failed !== undefined) {
      control.ask({ kind: 'breach', why: `gate of stage ${stage.id}: ${failed.name}: ${failed.value}` });
      control.mustGoOn();
    }
    if (late) throw notPassed(stage, open, limitMs);
    await world.clock.sleep(gatePollMs, control.signal);
  }
}

async function write({ journal }: Session, { id }: Stage, results: readonly GateResult[]): Promise<void> {
  const events = results.map(({ name, verdict, value }) =>
    journal.append({ type: 'gate', stage: id, gate: name, verdict, value }),
  );
  await Promise.all(events);
}

function notPassed(stage: Stage, open: readonly GateResult[], limitMs: number): Blocked {
  const words = open.map(({ name, verdict, value }) => `${name} ${verdict}: ${value}`).join('; ');
  return new Blocked(`The gate of stage ${stage.id} was not passed in ${Math.round(limitMs / 1000)} s: ${words}`, {
    object: `stage ${stage.id}`,
    remedy: 'See what it waits for; then meshlift resume, or meshlift rollback.',
  });
}
