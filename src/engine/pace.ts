/** Renewals side by side, as many as the policy and the cluster allow. */
import type { PlannedStep } from '../planner/plan.ts';
import { limitsOf, taskOf } from '../planner/tasks.ts';
import type { RenewWorkload } from '../steps/spec.ts';
import type { View } from '../steps/step.ts';
import { estimateMakespan } from '../waves/estimate.ts';
import { runWave } from '../waves/run-wave.ts';
import { mayMove } from '../waves/times.ts';
import type { Session } from './deps.ts';
import { mustStart } from './must-start.ts';
import { createPending } from './pending.ts';
import { steadily } from './retry.ts';
import { runStep } from './step.ts';

/** Runs the renewals of a stage; keeps count over all stages. */
export interface Pace {
  /** @throws the first failure, after those that run have ended; Aborted when it was stopped */
  runRenewals(
    session: Session,
    steps: readonly PlannedStep[],
    options: { readonly mark: string; readonly stage: string },
  ): Promise<void>;
}

type Renewal = PlannedStep & { readonly spec: RenewWorkload };

/** Milliseconds between two words on the progress of a large wave. */
const progressMs = 2000;

/** The pace of a program with so many renewals. `latest`: the view that was seen last by whomever; null: none yet. */
export function createPace(total: number, latest: () => View | null): Pace {
  const pending = createPending(latest);
  const count = { done: 0, moving: 0 };
  let toldAt = -Infinity;
  return {
    runRenewals: async (session, steps, { mark, stage }) => {
      const renewals = steps.filter((step): step is Renewal => step.spec.kind === 'renew-workload');
      const view = await steadily(session, () => session.look());
      const left = new Set(renewals.map(({ id }) => id));
      // The estimate plays the whole schedule through: of a large fleet not at every start and end.
      const tell = (): void => {
        const now = session.world.clock.now();
        if (left.size > 50 && now - toldAt < progressMs) return;
        toldAt = now;
        tellProgress(session, stage, { count, total, left: renewals.filter(({ id }) => left.has(id)), view });
      };
      const wave = runWave(
        renewals.map((step) => ({
          task: taskOf(step.id, step.spec, view.facts),
          run: async () => void (await runStep(session, step, mark)),
          remaining: () => pending(step.spec),
        })),
        {
          clock: session.world.clock,
          limits: limits(session, view),
          mayStart: (now) => mayMove(now, session.plan.policy.windows, session.plan.policy.freezes),
          onStart: () => {
            count.moving += 1;
            tell();
          },
          onEnd: (id, error) => {
            count.moving -= 1;
            if (error === undefined) {
              count.done += 1;
              left.delete(id);
            }
            tell();
          },
          onHeld: (why) => {
            if (why !== '') session.world.tell({ type: 'note', step: stage, text: `Nothing is started: ${why}` });
          },
        },
      );
      const endFollowing = follow(session, (why) => wave.stop(why));
      const { failed } = await wave.done.finally(endFollowing);
      const [first] = failed;
      if (first !== undefined) throw first.error;
      mustStart(session);
    },
  };
}

function limits({ plan }: Session, { mesh }: View) {
  const replicas = mesh.controlPlanes.find(({ revision }) => revision === plan.revisions.new)?.readyReplicas ?? 1;
  return limitsOf(plan.policy, replicas);
}

/** Milliseconds between two looks at the switch. */
const followMs = 100;

/** Tells a stop to the wave: also the one that lets what runs go on. */
function follow({ world, control }: Session, stop: (why: string) => void): () => void {
  const ended = new AbortController();
  const loop = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      const asked = control.stop();
      if (asked !== null) return stop(asked.why);
      await world.clock.sleep(followMs, ended.signal).catch(() => undefined);
    }
  };
  void loop();
  return () => ended.abort();
}

interface Standing {
  readonly count: { readonly done: number; readonly moving: number };
  readonly total: number;
  readonly left: readonly Renewal[];
  readonly view: View;
}

function tellProgress(session: Session, stage: string, { count, total, left, view }: Standing): void {
  const tasks = left.map((step) => taskOf(step.id, step.spec, view.facts));
  const leftSeconds = Math.ceil(estimateMakespan(tasks, limits(session, view)));
  const waiting = Math.max(0, total - count.done - count.moving);
  session.world.tell({ type: 'progress', stage, workloads: { ...count, waiting }, leftSeconds });
}
