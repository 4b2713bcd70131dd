import { describe, expect, it } from 'vitest';
import { facts } from '../../test/mesh-facts.ts';
import { Aborted } from '../errors.ts';
import { mesh } from '../mesh/status.test-helper.ts';
import type { Policy } from '../policy/policy.ts';
import type { PlannedStep } from '../planner/plan.ts';
import type { Soak } from '../steps/spec.ts';
import type { Observation, StepContext, StepKind, Verdict } from '../steps/step.ts';
import { nextEntry, noEntry } from '../journal/chain.ts';
import type { JournalEntry, JournalEvent } from '../journal/entry.ts';
import type { StepKinds } from './deps.ts';
import { recalled } from './recall.ts';
import { testSession } from './session.test-helper.ts';
import { runStep } from './step.ts';

const step: PlannedStep = {
  id: 'a',
  title: 'Do it',
  writes: [],
  back: '',
  reason: '',
  spec: { kind: 'soak', seconds: 1 },
};

interface Script {
  /** One an observation; the last one stays. */
  readonly observed?: readonly Observation[];
  readonly verified?: readonly Verdict[];
  readonly apply?: (context: StepContext) => Promise<void>;
  readonly policy?: Partial<Policy>;
}

function run({ observed = [{ state: 'ready' }], verified = [{ state: 'passed' }], apply, policy = {} }: Script) {
  const [observations, verdicts] = [[...observed], [...verified]];
  const next = <T>(list: T[]): T => {
    const [first] = list.length > 1 ? list.splice(0, 1) : list;
    if (first === undefined) throw new Error('the script is empty');
    return first;
  };
  const kind: StepKind<Soak> = {
    describe: () => '',
    writes: () => [],
    observe: () => next(observations),
    apply: apply ?? (() => Promise.resolve()),
    verify: () => next(verdicts),
    undo: () => [],
  };
  const view = { facts: facts(), mesh: mesh({}), seenAt: 0 };
  // Only the kind of the step is ever asked for.
  const kinds = { soak: kind } as unknown as StepKinds;
  const session = testSession({ policy, world: { kinds }, look: () => Promise.resolve(view) });
  const notes = () => session.told.flatMap((event) => (event.type === 'note' ? [event.text] : []));
  return { session, notes, ended: runStep(session, step, 'r') };
}

const gates = { timeoutSeconds: 40, conditions: [] };

describe('a step that cannot be started', () => {
  it('fails soon where nothing but a person can change that, and the reason is said at once', async () => {
    const { session, notes, ended } = run({ observed: [{ state: 'blocked', why: 'the label is another' }] });
    await expect(ended).rejects.toMatchObject({ errorClass: 'Blocked', message: 'Do it: the label is another' });
    expect(session.world.clock.now()).toBeLessThan(1000);
    expect(notes()).toEqual(['waits: the label is another']);
  });

  it('is not given up for one look that a later one does not confirm', async () => {
    const { ended } = run({ observed: [{ state: 'blocked', why: 'in the middle of a change' }, { state: 'done' }] });
    await expect(ended).resolves.toBe('skipped');
  });

  it('is waited for where that may pass, with a word every quarter of a minute', async () => {
    const { session, notes, ended } = run({ observed: [{ state: 'waiting', why: 'a pod ends' }], policy: { gates } });
    await expect(ended).rejects.toMatchObject({
      errorClass: 'Blocked',
      message: 'Do it: not reached after 40 s: a pod ends',
    });
    expect(notes()).toEqual(['waits: a pod ends', 'waits: a pod ends', 'waits: a pod ends']);
    expect(session.world.clock.now()).toBeGreaterThan(39_000);
  });

  it('is not taken for impossible when it is not seen', async () => {
    const { ended } = run({ observed: [{ state: 'unknown', why: 'no answer' }], policy: { gates } });
    await expect(ended).rejects.toMatchObject({ errorClass: 'Transient' });
  });
});

describe('a step that is under way', () => {
  it('says what it waits for only after a while', async () => {
    const waiting: Verdict = { state: 'waiting', why: 'one pod is not ready' };
    const short = run({ verified: [waiting, waiting, { state: 'passed' }] });
    await short.ended;
    expect(short.notes()).toEqual([]);
    const long = run({ verified: [waiting], policy: { gates } });
    await expect(long.ended).rejects.toThrow('not reached after 40 s');
    expect(long.notes()).toEqual(['waits: one pod is not ready', 'waits: one pod is not ready']);
  });

  it('has not failed when it is stopped: the reason of the stop is told', async () => {
    const made: { stop?: () => void } = {};
    const script = run({
      apply: () => {
        made.stop?.();
        return Promise.reject(new Aborted('Stopped.'));
      },
    });
    made.stop = () => script.session.control.ask({ kind: 'now', why: 'Ctrl-C' });
    await expect(script.ended).rejects.toBeInstanceOf(Aborted);
    expect(script.notes()).toEqual(['Do it: stopped in the middle: Ctrl-C']);
    expect(script.session.told.some((event) => event.type === 'step' && event.what === 'failed')).toBe(false);
    const detail = 'stopped in the middle: Ctrl-C';
    expect(script.session.written.at(-1)).toEqual({ type: 'step', step: 'a', what: 'failed', detail });
  });
});

describe('what a step measured earlier', () => {
  function entries(events: readonly JournalEvent[]): readonly JournalEntry[] {
    const made: JournalEntry[] = [];
    for (const event of events)
      made.push(nextEntry(made.at(-1) ?? noEntry, event, { at: '2026-01-01T00:00:00.000Z', epoch: 1 }));
    return made;
  }
  const evidence = (of: string, value: number): JournalEvent => ({ type: 'evidence', step: of, name: 'n', value });
  const what = { verb: 'patch', resource: 'pods', namespace: 'a', name: 'b', precondition: '', what: '' } as const;
  const write: JournalEvent = { type: 'write', id: '1', step: 'b', write: what };

  it('is the last of its own, and says whether anything was written since', () => {
    const at = Date.parse('2026-01-01T00:00:00.000Z');
    const known = [write, evidence('a', 1), evidence('a', 2), evidence('b', 3)];
    expect(recalled(entries(known), 'a', 'n')).toEqual({ value: 2, at, undisturbed: true });
    expect(recalled(entries([...known, write]), 'a', 'n')).toEqual({ value: 2, at, undisturbed: false });
    expect(recalled(entries(known), 'c', 'n')).toBeNull();
    expect(recalled(entries(known), 'a', 'm')).toBeNull();
  });
});
