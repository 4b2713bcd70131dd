import { describe, expect, it } from 'vitest';
import { Aborted, Blocked } from '../errors.ts';
import { facts } from '../../test/mesh-facts.ts';
import { mesh, sidecar, workload } from '../mesh/status.test-helper.ts';
import type { PlannedStep } from '../planner/plan.ts';
import type { Policy } from '../policy/policy.ts';
import { defaultPolicy } from '../policy/policy.ts';
import type { RenewWorkload, StepSpec } from '../steps/spec.ts';
import type { StepKind, View } from '../steps/step.ts';
import type { StepKinds } from './deps.ts';
import { createPace } from './pace.ts';
import { testSession } from './session.test-helper.ts';

function renewal(name: string, readyMs = 1000, size: Partial<RenewWorkload> = {}): PlannedStep {
  const spec: RenewWorkload = {
    ...{ kind: 'renew-workload', namespace: 'shop', workload: 'Deployment', name, role: 'sidecar', method: 'rollout' },
    ...{ revision: '1-30-3', version: '1.30.3', replicas: 1, width: 1, labels: {}, before: {}, serviceLabel: '' },
    ...{ readyMs, drainMs: 0, ...size },
  };
  return { id: `renew/${name}`, title: name, spec, writes: [], back: '', reason: '' };
}

/** Renewals that take ten seconds each; `fail` says which ends with an error instead. */
function setup(policy: Partial<Policy> = {}, fail: (name: string) => Error | null = () => null) {
  const events: string[] = [];
  const done = new Set<string>();
  const nameOf = (spec: StepSpec): string => (spec.kind === 'renew-workload' ? spec.name : '');
  const kind: StepKind<StepSpec> = {
    describe: nameOf,
    writes: () => [],
    observe: (_view, spec) => ({ state: done.has(nameOf(spec)) ? 'done' : 'ready' }),
    apply: async ({ clock }, spec) => {
      const name = nameOf(spec);
      events.push(`start ${name}`);
      await clock.sleep(10_000);
      const error = fail(name);
      events.push(`${error === null ? 'end' : 'fail'} ${name}`);
      if (error !== null) throw error;
      done.add(name);
    },
    verify: (_view, spec) => (done.has(nameOf(spec)) ? { state: 'passed' } : { state: 'waiting', why: '' }),
    undo: () => [],
  };
  const kinds = { 'renew-workload': kind } as unknown as StepKinds;
  const view: View = { facts: facts(), mesh: mesh(), seenAt: 0 };
  const session = testSession({ policy, world: { kinds }, look: () => Promise.resolve(view) });
  const steps = ['a', 'b', 'c', 'd'].map((name) => renewal(name));
  const latest: { view: View | null } = { view: null };
  const run = (given: readonly PlannedStep[] = steps) =>
    createPace(given.length, () => latest.view).runRenewals(session, given, { mark: 'r', stage: 'wave-1' });
  return { events, done, session, latest, run };
}

const pace = (more: Partial<Policy['pace']>): Partial<Policy> => ({ pace: { ...defaultPolicy.pace, ...more } });
const started = (events: readonly string[]): number => events.filter((one) => one.startsWith('start')).length;

describe('runRenewals', () => {
  it('renews all, side by side, and tells how far it is', async () => {
    const { events, session, run } = setup();
    await run();
    expect(events.slice(0, 4).every((one) => one.startsWith('start'))).toBe(true);
    expect(events).toHaveLength(8);
    const progress = session.told.filter((event) => event.type === 'progress');
    expect(progress.at(0)).toMatchObject({ workloads: { done: 0, moving: 1, waiting: 3 } });
    expect(progress.at(-1)).toMatchObject({ workloads: { done: 4, moving: 0, waiting: 0 }, leftSeconds: 0 });
  });

  it('renews as many at a time as the policy allows', async () => {
    const { events, run } = setup(pace({ maxWorkloads: 1 }));
    await run();
    expect(events).toHaveLength(8);
    for (const [index, event] of events.entries())
      expect(event.startsWith(index % 2 === 0 ? 'start' : 'end')).toBe(true);
  });

  it('starts nothing after the first failure, lets what runs end, and throws that failure', async () => {
    const wrong = new Blocked('wrong revision');
    const { events, done, run } = setup(pace({ maxWorkloads: 2 }), () => (events.includes('end') ? null : wrong));
    await expect(run()).rejects.toBe(wrong);
    expect(started(events)).toBe(2);
    expect(events).toHaveLength(4);
    expect(done.size).toBe(0);
  });

  it('gives the room of one that is almost done to the next', async () => {
    const wide = ['a', 'b'].map((name) => renewal(name, 1000, { replicas: 6, width: 4 }));
    const { events, session, latest, run } = setup(pace({ surgePods: 6 }));
    const running = run(wide);
    await session.world.clock.sleep(2000);
    expect(events).toEqual(['start a']);
    const proxies = [sidecar('a-1', '1-29-6', '1.29.6'), sidecar('a-2', '1-30-3', '1.30.3')];
    const workloads = [workload('a', '1-30-3', '1.30.3')];
    latest.view = { facts: facts(), mesh: mesh({ workloads, proxies }), seenAt: 0 };
    await session.world.clock.sleep(2000);
    expect(events).toEqual(['start a', 'start b']);
    await running;
  });

  it('does not lose a renewal that ends well beside one that fails', async () => {
    const wrong = new Blocked('wrong revision');
    const { done, run } = setup(pace({ maxWorkloads: 2 }), (name) => (name === 'a' ? wrong : null));
    await expect(run()).rejects.toBe(wrong);
    expect([...done]).toEqual(['b']);
  });

  it('lets running ones end at Ctrl-C and starts no more', async () => {
    const { events, done, session, run } = setup(pace({ maxWorkloads: 2 }));
    const running = run();
    await session.world.clock.sleep(5000);
    session.control.ask({ kind: 'after-step', why: 'Ctrl-C' });
    await expect(running).rejects.toMatchObject({ errorClass: 'Aborted', message: 'Stopped: Ctrl-C' });
    expect(started(events)).toBe(2);
    expect(done.size).toBe(2);
  });

  it('starts nothing in a freeze, and says so', async () => {
    const freezes = ['1970-01-01T00:00:00Z/1970-01-01T01:00:00Z'];
    const { events, session, run } = setup({ freezes });
    const running = run();
    await session.world.clock.sleep(60_000);
    expect(events).toEqual([]);
    expect(session.told).toContainEqual({
      type: 'note',
      step: 'wave-1',
      text: 'Nothing is started: frozen: 1970-01-01T00:00:00Z/1970-01-01T01:00:00Z',
    });
    session.control.ask({ kind: 'now', why: 'pause' });
    await expect(running).rejects.toBeInstanceOf(Aborted);
    expect(events).toEqual([]);
  });
});
