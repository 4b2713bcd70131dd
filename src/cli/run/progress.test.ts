import { expect, it } from 'vitest';
import type { EngineEvent } from '../../engine/events.ts';
import { testIo } from '../io.test-helper.ts';
import { jsonProgress, peopleProgress } from './progress.ts';

const waiting: EngineEvent = {
  type: 'gate',
  stage: 'wave-1',
  results: [{ name: 'proxies', verdict: 'waiting', value: '1 of 2 in sync' }],
};
const passed: EngineEvent = {
  type: 'gate',
  stage: 'wave-1',
  results: [{ name: 'proxies', verdict: 'passed', value: '2 of 2 in sync' }],
};
const moving: EngineEvent = {
  type: 'progress',
  stage: 'wave-1',
  workloads: { done: 1, moving: 2, waiting: 3 },
  leftSeconds: 90,
};
const traffic: EngineEvent = {
  type: 'traffic',
  lines: [
    { target: 'http://a', sent: 1200, failed: 0, p99Ms: 4.2, longestGapMs: 5, ended: {} },
    { target: 'http://b', sent: 34, failed: 1, p99Ms: 7.6, longestGapMs: 5, ended: {} },
  ],
};
const entered: EngineEvent = { type: 'stage', stage: 'wave-1', title: '2 workloads', what: 'entered' };

it('in a log: a line for each event that says something new, nothing repainted', () => {
  const { io, out, err } = testIo();
  const progress = peopleProgress(io);
  for (const event of [entered, moving, traffic, waiting, waiting, passed, waiting]) progress.tell(event);
  progress.end();
  expect(out()).toBe('');
  const gate = '      0 s    gate of wave-1: proxies waiting (1 of 2 in sync)\n';
  expect(err()).toBe(`      0 s  stage wave-1: 2 workloads\n${gate}${gate}`);
});

it('on a terminal: the last line is repainted with workloads and traffic, and taken away at the end', () => {
  const { io, err } = testIo({ tty: true });
  const progress = peopleProgress(io);
  for (const event of [entered, moving, traffic]) progress.tell(event);
  const clear = '\r\u001b[2K';
  const last =
    'stage wave-1 · workloads 1 done, 2 moving, 3 waiting, about 1 min 30 s left · 1,234 requests, 1 failed, p99 8 ms';
  expect(err().split(clear).at(-1)).toBe(last.slice(0, io.columns - 1));
  progress.end();
  expect(err().endsWith(clear)).toBe(true);
});

it('as JSON: one event a line, with its time, on stdout', () => {
  const { io, out, err } = testIo();
  const progress = jsonProgress(io);
  for (const event of [entered, traffic]) progress.tell(event);
  progress.end();
  const lines = out().trimEnd().split('\n');
  const at = new Date(io.now()).toISOString();
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    [entered, traffic].map((event) => ({ at, ...event })),
  );
  expect(err()).toBe('');
});
