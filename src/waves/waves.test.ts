import { describe, expect, test } from 'vitest';
import { Aborted, InvalidInput } from '../errors.ts';
import { lowerBound } from './bound.ts';
import { estimateMakespan } from './estimate.ts';
import { runWave, type WaveOptions } from './run-wave.ts';
import { chooseStarts, type RunningTask } from './schedule.ts';
import { pathMs, type WaveLimits, type WaveTask } from './task.ts';
import { mayMove } from './times.ts';

const limits: WaveLimits = { surgePods: 10, startsPerSecond: 100, maxWorkloads: 50 };
const task = (id: string, given: Partial<WaveTask> = {}): WaveTask => ({
  ...{ id, replicas: 4, width: 1, readyMs: 1000, drainMs: 0 },
  ...given,
});
const started = (one: WaveTask, remaining?: number): RunningTask => ({
  task: one,
  startedAt: 0,
  ...(remaining !== undefined && { remaining }),
});

function choose(waiting: readonly WaveTask[], given: Partial<Parameters<typeof chooseStarts>[0]> = {}): string {
  return chooseStarts({ now: 0, waiting, running: [], limits, tokens: 100, ...given }).join();
}

describe('what is started', () => {
  const [short, long] = [task('short', { replicas: 1 }), task('long', { replicas: 9 })];

  test.each<[string, string, string]>([
    ['the longest first', choose([short, long]), 'long,short'],
    ['no more workloads than allowed', choose([short, long], { limits: { ...limits, maxWorkloads: 1 } }), 'long'],
    ['nothing without budget', choose([short, long], { tokens: 0 }), ''],
    [
      'no more surge than allowed',
      choose([task('a', { width: 4 }), task('b', { width: 4 }), task('c', { width: 4 })]),
      'a,b',
    ],
    [
      'smaller ones beside',
      choose([task('a', { width: 4, replicas: 40 }), task('b', { width: 8, replicas: 8 }), short]),
      'a,short',
    ],
    [
      'room of one that is almost done',
      choose([task('b', { width: 9 })], { running: [started(task('a', { width: 4 }), 1)] }),
      'b',
    ],
    [
      'not where nobody sees that',
      choose([task('b', { width: 9, replicas: 9 })], { running: [started(task('a', { width: 4 }))] }),
      '',
    ],
    ['one wider than everything, alone', choose([task('a', { width: 40, replicas: 40 })]), 'a'],
    ['but not beside others', choose([task('a', { width: 40, replicas: 40 })], { running: [started(short)] }), ''],
    ['one of a group at a time', choose([task('a', { groups: ['pdb'] }), task('b', { groups: ['pdb'] })]), 'a'],
    [
      'none of a group that is running',
      choose([task('b', { groups: ['pdb'] })], { running: [started(task('a', { groups: ['pdb'] }))] }),
      '',
    ],
    [
      'a chain before a longer single one',
      choose([task('s', { replicas: 6 }), task('a', { groups: ['g'] }), task('b', { groups: ['g'] })], {
        limits: { ...limits, maxWorkloads: 1 },
      }),
      'a',
    ],
    [
      'one zone at a time',
      choose([task('a', { zone: '1' }), task('b', { zone: '2' }), task('c', { zone: '1' })], {
        limits: { ...limits, zonesApart: true },
      }),
      'a,c',
    ],
    ['all zones otherwise', choose([task('a', { zone: '1' }), task('b', { zone: '2' })]), 'a,b'],
  ])('%s', (_name, chosen, wanted) => {
    expect(chosen).toBe(wanted);
  });

  test('a wide one is not starved by small ones that last longer than it would have to wait', () => {
    const wide = task('wide', { width: 10, replicas: 200 });
    const running = [started(task('r', { width: 5, replicas: 5, readyMs: 3000 }))];
    const small = [task('quick', { replicas: 2 }), task('slow', { replicas: 4, readyMs: 4000 })];
    expect(choose([wide, ...small], { running })).toBe('quick');
  });
});

describe('bound and estimate', () => {
  const many = Array.from({ length: 40 }, (_, index) => task(`t${index}`));

  test.each<[string, readonly WaveTask[], Partial<WaveLimits>, string, number]>([
    ['one long workload', [task('a', { replicas: 100, drainMs: 500 })], {}, 'critical path', 100.5],
    ['a chain', [task('a', { groups: ['g'] }), task('b', { groups: ['g'] })], {}, 'critical path', 8],
    ['zones apart', [task('a', { zone: '1' }), task('b', { zone: '2' })], { zonesApart: true }, 'critical path', 8],
    ['surge', many, {}, 'surge capacity', 16],
    ['workloads at a time', many, { maxWorkloads: 4, surgePods: 1000 }, 'surge capacity', 40],
    ['starts a second', many, { startsPerSecond: 4 }, 'controller rate', 40],
    ['istiod', many, { admissionsPerSecond: 2 }, 'istiod admission', 80],
  ])('%s', (_name, tasks, given, binding, seconds) => {
    const bounds = lowerBound(tasks, { ...limits, ...given });
    expect([bounds.binding, bounds.seconds]).toEqual([binding, seconds]);
    const estimate = estimateMakespan(tasks, { ...limits, ...given });
    expect(estimate / seconds).toBeGreaterThanOrEqual(0.95);
    expect(estimate / seconds).toBeLessThan(1.15);
  });

  test('nothing takes no time', () => {
    expect([lowerBound([], limits).seconds, estimateMakespan([], limits)]).toEqual([0, 0]);
  });

  test('the estimate of 2,000 workloads is there at once', () => {
    const fleet = Array.from({ length: 2000 }, (_, index) =>
      task(`t${index}`, { replicas: 1 + (index % 20), width: 1 + (index % 3), readyMs: 5000 + index }),
    );
    const from = performance.now();
    expect(estimateMakespan(fleet, { ...limits, surgePods: 100 })).toBeGreaterThan(0);
    expect(performance.now() - from).toBeLessThan(3000);
  });

  test('batches and the last drain', () => {
    expect(pathMs(task('a', { replicas: 5, width: 2, drainMs: 300 }))).toBe(3300);
  });
});

describe('windows and freezes', () => {
  const at = (text: string) => Date.parse(text);
  test.each<[string, string[], string[], boolean]>([
    ['2026-11-20T12:00:00Z', [], [], true],
    ['2026-11-20T12:00:00Z', ['Mon-Fri 08:00-17:00'], [], true],
    ['2026-11-20T17:00:00Z', ['Mon-Fri 08:00-17:00'], [], false],
    ['2026-11-21T12:00:00Z', ['Mon-Fri 08:00-17:00'], [], false],
    ['2026-11-21T12:00:00Z', ['Fri-Mon 08:00-17:00'], [], true],
    ['2026-11-21T01:30:00Z', ['Fri 22:00-02:00'], [], true],
    ['2026-11-22T01:30:00Z', ['Fri 22:00-02:00'], [], false],
    ['2026-11-22T23:30:00Z', ['Sat,Sun 22:00-24:00'], [], true],
    ['2026-11-20T09:00:00Z', ['08:00-10:00'], [], true],
    ['2026-11-20T12:00:00Z', ['Mon-Fri 08:00-17:00'], ['2026-11-20T00:00:00Z/2026-11-21T00:00:00Z'], false],
    ['2026-11-21T00:00:00Z', [], ['2026-11-20T00:00:00Z/2026-11-21T00:00:00Z'], true],
    ['2026-11-20T00:30:00Z', [], ['2026-11-20T00:00:00+01:00/2026-11-20T01:00:00+01:00'], true],
  ])('%s in %j, frozen %j', (time, windows, freezes, may) => {
    expect(mayMove(at(time), windows, freezes) === null).toBe(may);
  });

  test.each([
    'Mon-Fri',
    'mon 08:00-09:00',
    'Mon-Fri-Sat 08:00-09:00',
    '8:00-9:00',
    '08:00-08:00',
    '08:60-09:00',
    '24:00-25:00',
  ])('window %j is refused', (window) => expect(() => mayMove(0, [window], [])).toThrow(InvalidInput));

  test.each([
    '2026-11-20',
    '2026-11-20/2026-11-21',
    '2026-11-21T00:00:00Z/2026-11-20T00:00:00Z',
    '2026-11-20T00:00:00/2026-11-21T00:00:00',
  ])('freeze %j is refused', (freeze) => expect(() => mayMove(0, [], [freeze])).toThrow(freeze.slice(0, 10)));
});

describe('a wave', () => {
  /** Jobs that end when they are told to, and a clock that only moves when somebody sleeps. */
  function table(ids: readonly string[], more: Partial<WaveOptions> = {}) {
    let now = 0;
    const running = new Map<string, { end: () => void; fail: (error: Error) => void }>();
    const clock = {
      now: () => now,
      sleep: async (ms: number, signal?: AbortSignal) => {
        await new Promise((resolve) => setImmediate(resolve));
        if (signal?.aborted) throw new Aborted('woken');
        now += ms;
      },
    };
    const jobs = ids.map((id) => ({
      task: task(id),
      run: () => new Promise<void>((resolve, reject) => void running.set(id, { end: resolve, fail: reject })),
    }));
    const wave = runWave(jobs, { clock, limits: { ...limits, maxWorkloads: 2 }, ...more });
    const until = async (holds: () => boolean) => {
      for (let turn = 0; !holds() && turn < 1000; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(holds()).toBe(true);
    };
    return { wave, running, until, now: () => now };
  }

  test('runs as many as allowed, and the next when one ends', async () => {
    const { wave, running, until } = table(['a', 'b', 'c']);
    await until(() => running.size === 2);
    expect([...running.keys()]).toEqual(['a', 'b']);
    running.get('b')?.end();
    await until(() => running.has('c'));
    for (const one of running.values()) one.end();
    expect(await wave.done).toEqual({ finished: ['b', 'a', 'c'], failed: [], notStarted: [], stopped: '' });
  });

  test('starts nothing after one failed, and waits for the others', async () => {
    const { wave, running, until } = table(['a', 'b', 'c']);
    await until(() => running.size === 2);
    const error = new Error('broken');
    running.get('a')?.fail(error);
    await new Promise((resolve) => setImmediate(resolve));
    running.get('b')?.end();
    const result = { finished: ['b'], failed: [{ id: 'a', error }], notStarted: ['c'], stopped: 'a failed' };
    expect(await wave.done).toEqual(result);
  });

  test('starts nothing after it was stopped', async () => {
    const { wave, running, until } = table(['a', 'b', 'c']);
    await until(() => running.size === 2);
    wave.stop('breach');
    wave.stop('later');
    for (const one of running.values()) one.end();
    expect(await wave.done).toMatchObject({ finished: ['a', 'b'], notStarted: ['c'], stopped: 'breach' });
  });

  test('starts nothing at all when it is stopped at once', async () => {
    const { wave, running } = table(['a']);
    wave.stop('abort');
    expect(await wave.done).toMatchObject({ notStarted: ['a'], stopped: 'abort' });
    expect(running.size).toBe(0);
  });

  test('waits outside of its windows, says so once, and goes on', async () => {
    const held: string[] = [];
    const mayStart = (now: number) => (now < 5000 ? 'outside of the windows' : null);
    const { wave, running, until, now } = table(['a'], { mayStart, onHeld: (why) => void held.push(why) });
    await until(() => running.size === 1);
    expect(now()).toBeGreaterThanOrEqual(5000);
    running.get('a')?.end();
    await wave.done;
    expect(held).toEqual(['outside of the windows', '']);
  });

  test('keeps to the rate of pod starts', async () => {
    const starts: number[] = [];
    const ids = Array.from({ length: 6 }, (_, index) => `t${index}`);
    const slow = { ...limits, maxWorkloads: 50, startsPerSecond: 0.5 };
    const { wave, running, until, now } = table(ids, { limits: slow, onStart: () => void starts.push(now()) });
    await until(() => running.size === 4);
    wave.stop('seen enough');
    for (const one of running.values()) one.end();
    await wave.done;
    // A bucket that is not empty lets one pass: two early ones, then one every two seconds.
    expect((starts[3] ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(4000);
  });

  test('lets what one second allows start at once, and no more', async () => {
    const starts: number[] = [];
    const ids = Array.from({ length: 40 }, (_, index) => `t${index}`);
    const tenASecond = { ...limits, surgePods: 100, startsPerSecond: 10 };
    const { wave, running, until, now } = table(ids, { limits: tenASecond, onStart: () => void starts.push(now()) });
    await until(() => running.size === 40);
    for (const one of running.values()) one.end();
    await wave.done;
    const first = starts[0] ?? 0;
    expect(starts.filter((at) => at === first)).toHaveLength(10);
    expect(starts.filter((at) => at < first + 1000).length).toBeLessThanOrEqual(20);
  });
});
