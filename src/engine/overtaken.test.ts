import { expect, it } from 'vitest';
import type { JournalEntry, JournalEvent, Phase } from '../journal/entry.ts';
import type { PlannedStep, Stage } from '../planner/plan.ts';
import { overtaken } from './overtaken.ts';

const label = (id: string, name: string): PlannedStep => {
  const spec = { kind: 'label-gateway', namespace: 'shop', name, revision: null, before: null } as const;
  return { id, title: id, spec, writes: [], back: [] } as unknown as PlannedStep;
};
const [hold, other, release] = [label('hold', 'public'), label('other', 'private'), label('release', 'public')];
const stages = [{ steps: [hold, other] }, { steps: [release] }] as unknown as readonly Stage[];

const run = (phase: Phase): JournalEvent => ({ type: 'run', what: 'started', phase, by: '', detail: '' });
const step = (id: string, what: 'started' | 'done' | 'skipped'): JournalEvent => ({
  ...{ type: 'step', step: id, what, detail: '' },
});
const over = (...events: readonly JournalEvent[]): readonly string[] => {
  const entries = events.map((event) => ({ event }) as JournalEntry);
  return [hold, other, release].filter(overtaken('forward', stages, entries)).map(({ id }) => id);
};

it('is over when a later step on the same Gateway was begun', () => {
  const held = [run('forward'), step('hold', 'started'), step('hold', 'done')];
  expect(over(...held)).toEqual([]);
  expect(over(...held, step('release', 'started'))).toEqual(['hold']);
  expect(over(...held, step('release', 'done'), run('forward'))).toEqual(['hold']);
  expect(over(...held, step('release', 'skipped'))).toEqual([]);
});

it('is not over when the run has gone the other way since', () => {
  const there = [run('forward'), step('hold', 'done'), step('release', 'done')];
  expect(over(...there, run('back'), step('release', 'done'), run('forward'))).toEqual([]);
});
