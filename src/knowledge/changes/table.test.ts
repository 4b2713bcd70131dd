import { describe, expect, it } from 'vitest';
import { compareVersions } from '../../mesh/versions.ts';
import { flagTable } from '../flags.ts';
import { minorOf, parseVersion } from '../versions.ts';
import { changesBetween, hasChange, revertIn } from './between.ts';
import { isDetector, detectors } from './detectors.ts';
import { parsePath } from './field-match.ts';
import type { Matcher } from './model.ts';
import { behaviourChanges } from './table.ts';

const byId = (id: string) => behaviourChanges.filter((one) => one.id === id);

function leaves(matcher: Matcher): readonly Matcher[] {
  return matcher.kind === 'any' || matcher.kind === 'all' ? matcher.of.flatMap(leaves) : [matcher];
}

describe('table of changes', () => {
  // 60 rows of the reference, of which two hold two changes each (opencensus and lightstep; Kubernetes and hub), and four of notes.
  it('has all of them, each once', () => {
    expect(behaviourChanges).toHaveLength(66);
    expect(new Set(behaviourChanges.map(({ id }) => id)).size).toBe(66);
  });

  it.each(behaviourChanges.map((one) => [one.id, one] as const))('%s is well formed', (id, one) => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const text of [one.title, one.effect, one.affected, one.remedy, one.source]) expect(text.trim()).not.toBe('');
    expect(one.date).toMatch(/^2026-\d\d-\d\d$/);
    expect(one.since.length).toBeGreaterThan(0);
    expect(one.since.every((version) => typeof parseVersion(version)?.patch === 'number')).toBe(true);
    expect([...one.since].sort(compareVersions)).toEqual(one.since);
    for (const leaf of leaves(one.detect)) wellFormed(leaf);
  });

  it('uses every detector', () => {
    const used = behaviourChanges.flatMap(({ detect }) =>
      leaves(detect).flatMap((leaf) => (leaf.kind === 'detector' ? [leaf.name] : [])),
    );

    expect(new Set(used)).toEqual(new Set(Object.keys(detectors)));
  });

  it('agrees with the flag table on when a flag that restores the old behaviour is gone', () => {
    // In the table neither by name (it reaches proxies and istio-cni only) nor by the regular expression that made it.
    const elsewhere = new Set(['PILOT_ENABLE_ALPHA_GATEWAY_API']);
    for (const { id, revert } of behaviourChanges) {
      if (revert?.by !== 'env') continue;
      const name = revert.setting.split('=')[0] ?? '';
      const gone = flagTable.flags[name]?.find(([, value]) => value === null)?.[0] ?? null;
      expect(flagTable.flags[name], `${id}: ${name}`).toBeDefined();
      if (!elsewhere.has(name)) expect(revert.until === null ? null : minorOf(revert.until), id).toBe(gone);
    }
  });
});

function wellFormed(leaf: Matcher): void {
  if (leaf.kind === 'detector') expect(isDetector(leaf.name)).toBe(true);
  if (leaf.kind !== 'field' && leaf.kind !== 'meshConfig') return;
  expect(leaf.tests.length).toBeGreaterThan(0);
  parsePath(leaf.each);
  for (const test of leaf.tests) {
    parsePath(test.path);
    if (test.op === 'matches') expect(() => new RegExp(test.value)).not.toThrow();
  }
}

describe('hasChange', () => {
  const debug = { since: ['1.27.6', '1.28.4', '1.29.0'], until: null };

  it.each([
    ['1.26.8', false],
    ['1.27.5', false],
    ['1.27.6', true],
    ['1.28.3', false],
    ['1.28.4', true],
    ['1.29.0', true],
    ['1.29.0-rc.1', true],
    ['1.30.0', true],
  ])('%s: %s', (version, expected) => {
    expect(hasChange(version, debug)).toBe(expected);
  });

  it('ends at until', () => {
    const naming = { since: ['1.25.0'], until: '1.26.0' };
    expect([hasChange('1.24.6', naming), hasChange('1.25.5', naming), hasChange('1.26.0', naming)]).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe('changesBetween', () => {
  const ids = (from: string, to: string) =>
    changesBetween(from, to, behaviourChanges).map(({ change, direction }) => `${direction} ${change.id}`);

  it('finds what a patch brings', () => {
    expect(ids('1.28.3', '1.28.4')).toEqual(['arrives debug-endpoints-authorized']);
    expect(ids('1.28.4', '1.28.10')).toEqual([]);
  });

  it('does not repeat what a back-port brought before', () => {
    expect(ids('1.28.4', '1.29.0')).not.toContain('arrives debug-endpoints-authorized');
    expect(ids('1.28.3', '1.29.0')).toContain('arrives debug-endpoints-authorized');
  });

  it('turns around for a downgrade, and for what was taken back', () => {
    expect(ids('1.26.8', '1.25.5')).toContain('arrives ztunnel-named-by-release');
    expect(ids('1.25.5', '1.26.8')).toContain('leaves ztunnel-named-by-release');
    expect(ids('1.30.5', '1.29.8')).toEqual(ids('1.29.8', '1.30.5').map((one) => one.replace('arrives', 'leaves')));
    expect(ids('1.29.8', '1.30.5')).toHaveLength(7);
  });

  it('offers a revert only where it works', () => {
    const [sni] = byId('auto-sni');
    expect(sni && revertIn('1.25.5', sni)?.setting).toBe('ENABLE_AUTO_SNI=false');
    expect(sni && revertIn('1.26.0', sni)).toBeNull();
  });
});
