/** One step: observe, do, verify; each journalled, each safe to repeat. */
import { Aborted, Blocked, Transient } from '../errors.ts';
import type { PlannedStep } from '../planner/plan.ts';
import type { StepSpec } from '../steps/spec.ts';
import type { Observation, StepContext, StepKind, Verdict, View } from '../steps/step.ts';
import type { Session } from './deps.ts';
import { guardedApi, guardedTool, type Writer } from './guard.ts';
import type { Installer } from '../installers/installer.ts';
import { recalled } from './recall.ts';
import { retrying, steadily } from './retry.ts';

/** Milliseconds: between two looks while something must become true, and between two words on what is waited for. */
const times = { poll: 500, word: 15_000 };

/** Looks in a row that must say that a step is blocked: one alone may have been made in the middle of a change. */
const refusalsToBelieve = 2;

/** How one step ended. A step that fails throws. */
export type StepEnd = 'done' | 'skipped';

/**
 * Runs one step to its verified end. Nothing is done when the cluster shows that it was done already.
 * @throws Blocked (it cannot be done, or its effect is wrong), Transient (not seen or not done in time), Aborted (stopped)
 */
export async function runStep(session: Session, step: PlannedStep, mark: string): Promise<StepEnd> {
  const { world, journal, control } = session;
  const kind = kindOf(session, step.spec);
  const tell = (what: 'started' | 'done' | 'skipped' | 'failed' | 'retry', detail = ''): void =>
    world.tell({ type: 'step', step: step.id, title: step.title, what, detail });
  if (await isDone(session, step, kind)) {
    await journal.append({ type: 'step', step: step.id, what: 'skipped', detail: 'the cluster shows that it is done' });
    tell('skipped');
    return 'skipped';
  }
  control.mustGoOn();
  await journal.append({ type: 'step', step: step.id, what: 'started', detail: step.title });
  tell('started');
  try {
    const options = { ...retryOptions(session), onRetry: (error: Error) => tell('retry', error.message) };
    await retrying(() => kind.apply(contextOf(session, step, mark), step.spec), options);
    await until(session, step, speaker(session, step, times.word), (view) => kind.verify(view, step.spec));
  } catch (error) {
    const stopped = error instanceof Aborted ? control.stop() : null;
    const detail = stopped === null ? explainShort(error) : `stopped in the middle: ${stopped.why}`;
    // A stop is no failure: the step goes on where it stands when the run is resumed.
    if (stopped === null) tell('failed', detail);
    else world.tell({ type: 'note', step: step.id, text: `${step.title}: ${detail}` });
    // When the journal itself is what failed, there is nothing left to write to.
    await journal.append({ type: 'step', step: step.id, what: 'failed', detail }).catch(() => undefined);
    throw error;
  }
  await journal.append({ type: 'step', step: step.id, what: 'done', detail: '' });
  tell('done');
  return 'done';
}

const explainShort = (error: unknown): string => (error instanceof Error ? error.message : String(error));

// The table ties a kind to its arguments; the compiler cannot follow a name from one to the other.
function kindOf(session: Session, spec: StepSpec): StepKind<StepSpec> {
  return session.world.kinds[spec.kind] as unknown as StepKind<StepSpec>;
}

function retryOptions({ world, control, plan }: Session) {
  return { clock: world.clock, signal: control.signal, limitMs: plan.policy.gates.timeoutSeconds * 1000 };
}

/** Waits until the step is done or may begin; not for what does not pass by itself. */
async function isDone(session: Session, step: PlannedStep, kind: StepKind<StepSpec>): Promise<boolean> {
  let done = false;
  let refusals = 0;
  const asVerdict = (seen: Observation): Verdict => {
    if (!('why' in seen)) return { state: 'passed' };
    if (seen.state !== 'blocked') return { state: seen.state, why: seen.why };
    return { state: refusals >= refusalsToBelieve ? 'failed' : 'waiting', why: seen.why };
  };
  const said = speaker(session, step, 0);
  await until(session, step, said, (view) => {
    const seen = kind.observe(view, step.spec);
    done = seen.state === 'done';
    refusals = seen.state === 'blocked' ? refusals + 1 : 0;
    return asVerdict(seen);
  });
  return done;
}

/** Says what is waited for: after so many milliseconds for the first time, and then every now and then. */
function speaker({ world }: Session, { id }: PlannedStep, firstAfterMs: number): (why: string) => void {
  let next = world.clock.now() + firstAfterMs;
  return (why) => {
    if (world.clock.now() < next) return;
    next = world.clock.now() + times.word;
    world.tell({ type: 'note', step: id, text: `waits: ${why}` });
  };
}

/** Looks until something holds. @throws Blocked when it never will or did not in time, Transient when it was not seen in time */
async function until(
  session: Session,
  step: PlannedStep,
  say: (why: string) => void,
  verdictOf: (view: View) => Verdict,
): Promise<void> {
  const { world, control } = session;
  const options = retryOptions(session);
  const began = world.clock.now();
  for (;;) {
    control.mustGoOn();
    const view = await steadily(session, () => session.look());
    const verdict = verdictOf(view);
    if (verdict.state === 'passed') return;
    if (verdict.state === 'failed') throw failed(step, verdict.why);
    if (world.clock.now() - began > options.limitMs) throw late(step, verdict, options.limitMs);
    say(verdict.why);
    await world.clock.sleep(times.poll, control.signal);
  }
}

function failed(step: PlannedStep, why: string): Blocked {
  const remedy = 'See what is wrong there; then meshlift resume, or meshlift rollback.';
  return new Blocked(`${step.title}: ${why}`, { object: step.id, remedy });
}

function late(step: PlannedStep, verdict: Exclude<Verdict, { state: 'passed' }>, limitMs: number): Blocked | Transient {
  const after = `after ${Math.round(limitMs / 1000)} s`;
  const details = { object: step.id, remedy: 'See what it waits for; then meshlift resume, or meshlift rollback.' };
  if (verdict.state === 'unknown')
    return new Transient(`${step.title}: still not seen ${after}: ${verdict.why}`, details);
  return new Blocked(`${step.title}: not reached ${after}: ${verdict.why}`, details);
}

function contextOf(session: Session, step: PlannedStep, mark: string): StepContext {
  const { world, control, journal } = session;
  const guard = { api: world.api, journal, lease: session.lease, control };
  const writer: Writer = { step: step.id, writes: step.writes };
  return {
    api: guardedApi(guard, writer),
    clock: world.clock,
    signal: control.signal,
    mark,
    limitSeconds: session.plan.policy.gates.timeoutSeconds,
    look: () => session.look(),
    get installer() {
      return guardedInstaller(world.installer(releaseOf(step.spec)), (tool, call) =>
        guardedTool(guard, writer, tool, call),
      );
    },
    note: (text) => {
      world.tell({ type: 'note', step: step.id, text });
      // A journal that fails stops the run at the next write; a note is no reason to throw inside a step.
      journal.append({ type: 'note', step: step.id, text }).catch(() => undefined);
    },
    waits: speaker(session, step, times.word),
    recall: (name) => recalled(journal.entries(), step.id, name),
    evidence: (name, value) => {
      journal.append({ type: 'evidence', step: step.id, name, value }).catch(() => undefined);
    },
  };
}

type Guarded = <T>(
  tool: { readonly resource: string; readonly namespace: string; readonly name: string; readonly what: string },
  call: () => Promise<T>,
) => Promise<T>;

function guardedInstaller(installer: Installer, guarded: Guarded): Installer {
  return {
    name: installer.name,
    preview: (request, signal) => installer.preview(request, signal),
    install: (request, signal) => {
      const { owner, namespace } = request.release;
      const name = toolTarget(request.release.name, request.chart === 'istiod' ? request.revision : '');
      const tool = { resource: owner, namespace, name, what: `install ${request.chart} ${request.version}` };
      return guarded(tool, () => installer.install(request, signal));
    },
    remove: (release, revision, signal) => {
      const tool = {
        resource: release.owner,
        namespace: release.namespace,
        name: toolTarget(release.name, revision),
        what: `remove ${revision}`,
      };
      return guarded(tool, () => installer.remove(release, revision, signal));
    },
  };
}

/** What a tool changes has a release's name; without one (istioctl) it goes by the revision, as in the steps' lists. */
function toolTarget(release: string, revision: string): string {
  return release === '' ? revision : release;
}

function releaseOf(spec: StepSpec) {
  if ('release' in spec) return spec.release;
  if (spec.kind === 'move-default') return spec.validator?.release ?? spec.tag?.release ?? noRelease;
  return noRelease;
}

const noRelease = { owner: 'unknown', name: '', namespace: '' } as const;
