import { describe, expect, it } from 'vitest';
import { testIo } from './io.test-helper.ts';
import { progressLine } from './progress.ts';

const progress = { done: 3, total: 24, objects: 12_500, kind: 'pods' };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('progressLine', () => {
  it('is silent about a reading that ends before its time', async () => {
    const { io, err } = testIo({ tty: true });
    const line = progressLine(io);
    line.report(progress);
    line.end();
    await turn();

    expect(err()).toBe('');
  });

  it('says one line off a terminal, after five seconds', async () => {
    const waits: number[] = [];
    const { io, err } = testIo({ wait: (ms) => void waits.push(ms) });
    const line = progressLine(io);
    line.report(progress);
    await turn();
    line.end();

    expect(waits).toEqual([5000]);
    expect(err()).toBe('Reading the cluster: 12,500 objects, 3 of 24 lists, now pods …\n');
  });

  it('repaints on a terminal after one second, and takes the line away before the answer', async () => {
    const waits: number[] = [];
    const { io, err } = testIo({
      tty: true,
      wait: (ms) => {
        waits.push(ms);
        if (waits.length === 3) line.end();
      },
    });
    const line = progressLine(io);
    line.report(progress);
    await turn();

    expect(waits).toEqual([1000, 200, 200]);
    expect(err().endsWith('\r\u001b[2K')).toBe(true);
    expect(err().match(/now pods/g)).toHaveLength(2);
  });
});
