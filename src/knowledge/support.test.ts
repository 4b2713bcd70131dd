import { describe, expect, it } from 'vitest';
import { age, builtInKnowledge as knowledge } from './knowledge.ts';
import { skew, supportOf } from './support.ts';

describe('supportOf', () => {
  it.each([
    ['1.28.10', '2026-07-01', { state: 'supported', until: '2026-07-01' }],
    ['1.28.10', '2026-07-02', { state: 'end-of-life', since: '2026-07-01' }],
    ['1.31.1', '2026-11-21', { state: 'supported', until: null }],
    ['1.31', '2026-08-01', { state: 'unknown', why: 'Istio 1.31 is released on 2026-08-31' }],
    ['1.40.0', '2026-11-21', { state: 'unknown', why: 'nothing is known of Istio 1.40.0' }],
    ['banana', '2026-11-21', { state: 'unknown', why: 'nothing is known of Istio banana' }],
  ])('%s on %s', (version, today, expected) => {
    expect(supportOf(version, today, knowledge)).toEqual(expected);
  });

  it('does not know for ever: past the shortest life of a minor an end may have been announced', () => {
    // 1.21 lived shortest: 2024-03-13 to 2024-09-27, 198 days.
    expect(supportOf('1.30.5', '2026-12-02', knowledge).state).toBe('supported');
    expect(supportOf('1.30.5', '2026-12-03', knowledge).state).toBe('unknown');
  });
});

describe('skew', () => {
  it.each([
    ['1.30.3', '1.30.5', 'ok'],
    ['1.30.3', '1.28.0', 'ok'],
    ['1.30.3', '1.27.9', 'too-old'],
    ['1.29.6', '1.30.3', 'too-new'],
    ['1.30.3', 'unknown', 'unknown'],
    ['2.0.0', '1.31.0', 'unknown'],
  ])('control plane %s, proxy %s: %s', (controlPlane, proxy, expected) => {
    expect(skew(controlPlane, proxy)).toBe(expected);
  });

  it('allows ztunnel and istio-cni one minor less', () => {
    expect(skew('1.30.3', '1.29.6', 'ztunnel')).toBe('ok');
    expect(skew('1.30.3', '1.28.6', 'ztunnel')).toBe('too-old');
    expect(skew('1.30.3', '1.28.6', 'istio-cni')).toBe('too-old');
  });
});

describe('age', () => {
  it('counts from the built-in part, whatever a file adds', () => {
    const parts = [...knowledge.parts, { name: 'new.yaml', date: '2026-11-20' }];

    expect(age({ parts }, '2026-11-21')).toEqual({ date: '2026-09-21', days: 61 });
  });
});

describe('releases', () => {
  it('are whole, in order, and end after they begin', () => {
    const minors = knowledge.releases.map(({ minor }) => minor);
    expect(minors).toEqual(Array.from({ length: 14 }, (_, index) => `1.${18 + index}`));
    for (const { minor, released, endOfLife, kubernetes, codeMinimum, latest } of knowledge.releases) {
      expect(latest.value.startsWith(`${minor}.`)).toBe(true);
      expect(endOfLife.value === null || endOfLife.value > released.value).toBe(true);
      for (const datum of [released, endOfLife, kubernetes, codeMinimum, latest]) {
        expect(datum?.source).toBeTruthy();
        expect(datum?.date).toMatch(/^\d{4}-\d\d-\d\d$/);
      }
    }
  });
});
