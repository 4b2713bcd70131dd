import { describe, expect, it } from 'vitest';
import { Aborted, Blocked, Transient } from '../../errors.ts';
import type { Mesh } from '../../mesh/mesh.ts';
import { meshStatus } from '../../mesh/status.ts';
import { mesh, plane } from '../../mesh/status.test-helper.ts';
import { testIo, type TestIo } from '../io.test-helper.ts';
import { formatter } from './format.ts';
import { watchStatus, type Reading } from './watch.ts';

function reading(one: Mesh, takenAt: string): Reading {
  return { document: meshStatus(one, { takenAt, toolVersion: '1' }), code: 0, damaged: null };
}

const before = mesh({ controlPlanes: [plane('a', '1.29.6')] });
const after = mesh({ controlPlanes: [plane('a', '1.30.3')] });

/** Watches while `answers` last, then presses Ctrl-C. */
async function watch(
  answers: readonly (() => Promise<Reading>)[],
  tty: boolean,
): Promise<TestIo & { code: number; waits: number[] }> {
  const left = [...answers];
  const waits: number[] = [];
  const world = testIo({
    tty,
    env: { NO_COLOR: '1' },
    wait: (ms, self) => {
      waits.push(ms);
      if (left.length === 0) self.interrupt();
    },
  });
  const read = (): Promise<Reading> => (left.shift() ?? (() => Promise.reject(new Error('read after Ctrl-C'))))();
  const code = await watchStatus(
    world.io,
    { interval: 2000, output: 'table' },
    read,
    await formatter({ output: 'table' }),
  );
  return { ...world, code, waits };
}

describe('status --watch', () => {
  it('prints off a terminal only what has changed, and ends with 0 at Ctrl-C', async () => {
    const { out, code, waits } = await watch(
      [
        () => Promise.resolve(reading(before, 't1')),
        () => Promise.resolve(reading(before, 't2')),
        () => Promise.resolve(reading(after, 't3')),
      ],
      false,
    );

    expect(code).toBe(0);
    expect(waits).toEqual([2000, 2000, 2000]);
    expect(out().match(/^--- .*$/gm)).toEqual(['--- t1', '--- t3']);
    expect(out()).not.toContain('\u001b');
  });

  it('repaints a terminal each time', async () => {
    const { out } = await watch(
      [() => Promise.resolve(reading(before, 't1')), () => Promise.resolve(reading(before, 't2'))],
      true,
    );

    expect(out().split('\u001b[H\u001b[J')).toHaveLength(3);
    expect(out()).toContain('t2, every 2 s, Ctrl-C ends');
  });

  it('goes on after a reading that failed for the moment', async () => {
    const { out, err, code } = await watch(
      [() => Promise.reject(new Transient('Connection reset.')), () => Promise.resolve(reading(after, 't2'))],
      false,
    );

    expect(code).toBe(0);
    expect(err()).toContain('not read, trying again: Connection reset.');
    expect(out()).toContain('1.30.3');
  });

  it('ends with the error when it is not for the moment', async () => {
    await expect(watch([() => Promise.reject(new Blocked('401'))], false)).rejects.toThrow('401');
  });

  it('stops in the middle of a reading', async () => {
    const world = testIo();
    const read = (signal: AbortSignal): Promise<Reading> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Aborted('stopped')));
        world.interrupt();
      });
    const code = await watchStatus(
      world.io,
      { interval: 1, output: 'table' },
      read,
      await formatter({ output: 'table' }),
    );

    expect(code).toBe(0);
    expect(world.out()).toBe('');
    expect(world.err()).toBe('');
  });
});
