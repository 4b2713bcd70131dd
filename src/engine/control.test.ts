import { getMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Aborted } from '../errors.ts';
import { createControl, type Stop } from './control.ts';

const kinds: readonly Stop['kind'][] = ['after-step', 'now', 'rollback', 'breach', 'lost'];

describe('createControl', () => {
  it('lets everything go on until somebody asks', () => {
    const control = createControl();
    expect(control.stop()).toBeNull();
    expect(control.signal.aborted).toBe(false);
    expect(() => control.mustGoOn()).not.toThrow();
  });

  it('bears as many that wait as there are', () => {
    expect(getMaxListeners(createControl().signal)).toBeGreaterThan(5000);
  });

  it.each(kinds.flatMap((one, a) => kinds.map((two, b) => [one, two, b > a ? two : one] as const)))(
    'after %s then %s it stands at %s',
    (one, two, expected) => {
      const control = createControl();
      control.ask({ kind: one, why: 'first' });
      control.ask({ kind: two, why: 'second' });
      expect(control.stop()).toEqual({ kind: expected, why: expected === one ? 'first' : 'second' });
    },
  );

  it.each(kinds)('says about %s whether a write may still go', (kind) => {
    const control = createControl();
    control.ask({ kind, why: 'because' });
    const writes = kind === 'after-step';
    expect(control.signal.aborted).toBe(!writes);
    if (writes) expect(() => control.mustGoOn()).not.toThrow();
    else expect(() => control.mustGoOn()).toThrow(new Aborted('Stopped: because'));
  });

  it('stops writes when a more urgent stop follows', () => {
    const control = createControl();
    control.ask({ kind: 'after-step', why: 'Ctrl-C' });
    control.ask({ kind: 'now', why: 'Ctrl-C again' });
    expect(control.signal.aborted).toBe(true);
  });
});
