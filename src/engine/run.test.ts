import { describe, expect, it } from 'vitest';
import { facts } from '../../test/mesh-facts.ts';
import { mesh } from '../mesh/status.test-helper.ts';
import type { JournalEntry, JournalEvent, RunState } from '../journal/entry.ts';
import type { Stage } from '../planner/plan.ts';
import type { Stop } from './control.ts';
import type { Rejections } from './gates.ts';
import { removesNew, runProgram, type Outcome } from './run.ts';
import { testSession, type TestSession } from './session.test-helper.ts';

const view = { facts: facts(), mesh: mesh({}), seenAt: 0 };

async function run(
  session: TestSession,
  ...stages: readonly Stage[]
): Promise<{ outcome: Outcome; saved: RunState[] }> {
  const saved: RunState[] = [];
  const save = (state: RunState): Promise<void> => Promise.resolve(void saved.push(state));
  return { outcome: await runProgram(session, { phase: 'forward', stages, mark: 'r' }, save), saved };
}

describe('the end of a program', () => {
  /** A session in which something is asked for during the last look: that at the proxies afterwards. */
  function asking(kind: Stop['kind'] | null): TestSession {
    let looks = 0;
    const session: TestSession = testSession({
      look: () => {
        looks += 1;
        if (looks === 3 && kind !== null) session.control.ask({ kind, why: 'seen late' });
        return Promise.resolve(view);
      },
    });
    return session;
  }

  it.each(['breach', 'rollback', 'now'] as const)(
    'is not reached when a %s is asked for in the last look',
    async (kind) => {
      const { outcome, saved } = await run(asking(kind));
      expect(outcome).toEqual({ end: 'stopped', stop: { kind, why: 'seen late' }, stage: '' });
      expect(saved.map(({ status }) => status)).toEqual([kind === 'breach' ? 'halted' : 'paused']);
    },
  );

  it('is reached when nothing was asked, or only that nothing else is begun', async () => {
    for (const kind of [null, 'after-step'] as const) {
      const { outcome, saved } = await run(asking(kind));
      expect(outcome).toEqual({ end: 'finished' });
      expect(saved.map(({ status }) => status)).toEqual(['finished']);
    }
  });

  it('leaves the run to whoever took it over', async () => {
    const session = asking('lost');
    const { saved } = await run(session);
    expect(saved).toEqual([]);
    expect(session.written.filter((event) => event.type === 'run').map(({ what }) => what)).toEqual(['started']);
  });
});

describe('rejections of a whole run', () => {
  const stage = (id: string): Stage => ({
    ...{ id, kind: 'wave', title: '', steps: [] },
    gate: [{ name: 'rejections', condition: '' }],
  });

  it('are seen at an istiod that was started again with its counter at zero', async () => {
    const counts: Rejections[] = [{ a: 50 }, { a: 0 }, { a: 7 }];
    const rejections = (): Promise<Rejections> => Promise.resolve(counts.shift() ?? { a: 7 });
    const session = testSession({ look: () => Promise.resolve(view), world: { rejections } });
    const { outcome } = await run(session, stage('wave-1'), stage('wave-2'));
    expect(outcome).toMatchObject({
      stop: { kind: 'breach', why: 'gate of stage wave-2: rejections: configurations rejected: 7 at a' },
    });
  });
});

describe('removesNew', () => {
  const back = (what: 'started' | 'resumed' | 'halted', removeNew?: true): JournalEvent => ({
    ...{ type: 'run', what, phase: 'back', by: 'somebody', detail: '' },
    ...(removeNew === undefined ? {} : { removeNew }),
  });
  const says = (...events: readonly JournalEvent[]) => removesNew(events.map((event) => ({ event }) as JournalEntry));

  it('is what the last start of the way back said', () => {
    expect(says(back('started', true), back('halted'))).toBe(true);
    expect(says(back('started', true), back('resumed'))).toBe(false);
    expect(says(back('started'), back('resumed', true))).toBe(true);
    expect(says()).toBe(false);
  });

  it('is nothing that another phase can say', () => {
    expect(says({ ...back('started', true), phase: 'forward' } as JournalEvent)).toBe(false);
  });
});
