import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planHops, type HopRequest, type HopResult } from './hops.ts';
import { builtInKnowledge as knowledge } from './knowledge.ts';
import { minorOf, minorsBetween } from './versions.ts';

const plan = (request: Omit<HopRequest, 'knowledge' | 'kubernetes'> & { kubernetes?: string | null }): HopResult =>
  planHops({ kubernetes: null, knowledge, ...request });

function stops(result: HopResult): string {
  if (result.outcome !== 'hops') return result.outcome;
  return result.hops.map(({ from, to, kind }) => `${kind} ${from}>${to}`).join(', ');
}

describe('planHops', () => {
  it.each<[HopRequest['strategy'], string, string, string]>([
    ['revision', '1.29.6', '1.30.3', 'minor 1.29.6>1.30.3'],
    ['in-place', '1.29.6', '1.30.3', 'minor 1.29.6>1.30.3'],
    ['revision', '1.28.6', '1.30.3', 'minor 1.28.6>1.30.3'],
    ['in-place', '1.28.6', '1.30.3', 'minor 1.28.6>1.29.8, minor 1.29.8>1.30.3'],
    ['revision', '1.26.8', '1.31.0', 'minor 1.26.8>1.28.10, minor 1.28.10>1.30.5, minor 1.30.5>1.31.0'],
    ['revision', '1.30.3', '1.30.5', 'patch 1.30.3>1.30.5'],
    ['in-place', '1.30.3', '1.30.5', 'patch 1.30.3>1.30.5'],
    ['revision', '1.30.3', '1.30.3', ''],
    ['revision', '1.29.6', '1.30', 'minor 1.29.6>1.30.5'],
    ['revision', '1.30.5', 'v1.31.0-rc.0', 'minor 1.30.5>1.31.0-rc.0'],
  ])('%s from %s to %s', (strategy, from, to, expected) => {
    expect(stops(plan({ strategy, from, to }))).toBe(expected);
  });

  it.each<[HopRequest['strategy'], string, string, string]>([
    ['revision', '1.30.5', '1.28.10', 'downgrade 1.30.5>1.28.10'],
    ['in-place', '1.30.5', '1.28.10', 'downgrade 1.30.5>1.29.8, downgrade 1.29.8>1.28.10'],
    ['in-place', '1.30.5', '1.30.3', 'downgrade 1.30.5>1.30.3'],
  ])('%s down from %s to %s only when that is said', (strategy, from, to, expected) => {
    expect(stops(plan({ strategy, from, to, downgrade: true }))).toBe(expected);
    expect(plan({ strategy, from, to })).toMatchObject({ outcome: 'refused', refused: expect.stringContaining(from) });
  });

  it.each<[string, string, string]>([
    ['1.30.3', '1.40.0', 'Nothing is known of Istio 1.40'],
    ['1.17.8', '1.18.7', 'Nothing is known of Istio 1.17'],
    ['1.30', '1.31.0', 'installed version "1.30" is no version'],
    ['latest', '1.31.0', '"latest" is no version'],
    ['1.30.3', '2.0.0', 'Nothing is known of Istio 2.0'],
  ])('says that it does not know %s to %s', (from, to, words) => {
    expect(plan({ strategy: 'revision', from, to })).toMatchObject({
      outcome: 'unknown',
      refused: expect.stringContaining(words),
    });
  });

  it('refuses a cluster that the target does not support, and names the versions', () => {
    expect(plan({ strategy: 'revision', from: '1.29.6', to: '1.30.5', kubernetes: 'v1.31.4' })).toEqual({
      outcome: 'refused',
      refused: 'Istio 1.30.5 supports Kubernetes 1.32 to 1.36; this cluster is v1.31.4.',
      remedy: 'Upgrade Kubernetes to 1.32 at least first.',
    });
    expect(plan({ strategy: 'revision', from: '1.27.9', to: '1.28.10', kubernetes: 'v1.35.0' })).toMatchObject({
      remedy: expect.stringContaining('Choose a version of Istio that supports Kubernetes 1.35.'),
    });
    expect(plan({ strategy: 'revision', from: '1.28.10', to: '1.29.8', kubernetes: 'v1.30.9-gke.100' })).toMatchObject({
      outcome: 'refused',
      remedy: expect.stringContaining('istioctl 1.29 itself accepts 1.30 and newer'),
    });
    expect(plan({ strategy: 'revision', from: '1.28.10', to: '1.29.8', kubernetes: 'no idea' })).toMatchObject({
      outcome: 'unknown',
    });
  });

  it('asks the versions between as well, and goes around one by revision when it can', () => {
    const wide = { from: '1.28.10', to: '1.30.5', kubernetes: 'v1.36.1' };

    expect(plan({ ...wide, strategy: 'in-place' })).toMatchObject({
      outcome: 'refused',
      refused: expect.stringContaining('1.29 supports Kubernetes 1.31 to 1.35'),
      remedy: expect.stringContaining('Upgrade by revision'),
    });
    expect(stops(plan({ ...wide, strategy: 'revision' }))).toBe('minor 1.28.10>1.30.5');
    // 1.24 ends at 1.31 and 1.26 begins at 1.29: on 1.32 the way must touch 1.25, not 1.24.
    const narrow = { from: '1.23.6', to: '1.26.8', kubernetes: 'v1.32.0', strategy: 'revision' } as const;
    expect(stops(plan(narrow))).toBe('minor 1.23.6>1.25.5, minor 1.25.5>1.26.8');
  });

  it('says in notes what is not known and what is known to be bad', () => {
    const result = plan({ strategy: 'revision', from: '1.28.6', to: '1.30.9' });
    const notes = result.outcome === 'hops' ? result.hops.flatMap((hop) => hop.notes).join('\n') : '';

    expect(notes).toContain('Kubernetes is not known; 1.30.9 needs 1.32 to 1.36');
    expect(notes).toContain('1.30.9 is newer than the newest patch known, 1.30.5');
    expect(notes).toContain('only one minor behind');
    expect(notes).toContain('empties managed gateways');
  });

  it('reaches the target by supported steps over known versions, or gives a reason', () => {
    const versions = knowledge.releases.flatMap(({ minor, latest }) => [`${minor}.0`, latest.value]);
    const kubernetes = fc.option(fc.integer({ min: 22, max: 38 }).map((minor) => `v1.${minor}.3`));
    const request = fc.record({
      from: fc.constantFrom(...versions),
      to: fc.constantFrom(...versions),
      strategy: fc.constantFrom<HopRequest['strategy']>('revision', 'in-place'),
      kubernetes,
      downgrade: fc.boolean(),
    });
    fc.assert(
      fc.property(request, (one) => {
        const result = plan(one);
        if (result.outcome !== 'hops') {
          expect(result.refused).not.toBe('');
          expect(result.remedy).not.toBe('');
          return;
        }
        obeys(result.hops, one);
      }),
      { numRuns: 500 },
    );
  });
});

function obeys(
  hops: readonly { from: string; to: string; kind: string }[],
  request: { from: string; to: string; strategy: string; kubernetes: string | null; downgrade: boolean },
): void {
  expect(hops.at(0)?.from ?? request.to).toBe(request.from);
  expect(hops.at(-1)?.to ?? request.from).toBe(request.to);
  const most = request.strategy === 'in-place' ? 1 : 2;
  hops.forEach(({ from, to, kind }, index) => {
    if (index > 0) expect(from).toBe(hops[index - 1]?.to);
    const distance = minorsBetween(from, to) ?? Number.NaN;
    expect(Math.abs(distance)).toBeLessThanOrEqual(most);
    if (kind === 'downgrade') expect(request.downgrade).toBe(true);
    else expect(kind === 'patch' ? distance === 0 : distance > 0).toBe(true);
    const range = knowledge.releases.find(({ minor }) => minor === minorOf(to))?.kubernetes.value;
    if (request.kubernetes === null) return;
    expect(minorsBetween(range?.from ?? '', request.kubernetes)).toBeGreaterThanOrEqual(0);
    expect(minorsBetween(request.kubernetes, range?.to ?? '')).toBeGreaterThanOrEqual(0);
  });
}
