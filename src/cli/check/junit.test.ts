import { expect, it } from 'vitest';
import type { CheckReport, CheckResult } from '../../checks/report.ts';
import { junit } from './junit.ts';

const object = { kind: 'Deployment', namespace: 'shop', name: 'web' };
const empty: CheckResult = {
  ...{ id: 'ML-W001', title: 'a <b> & "c"', page: '', state: 'passed', severity: null, reason: '' },
  ...{ findings: [], ignored: [], unseen: [] },
};
const finding = {
  object,
  field: '',
  value: '',
  message: 'It is <x>.',
  why: 'So & so.',
  remedy: 'a\u0007b',
  source: '',
};

function text(...checks: CheckResult[]): string {
  const report: CheckReport = {
    ...{
      apiVersion: 'meshlift.dev/v1alpha1',
      kind: 'CheckReport',
      takenAt: '2026-09-01T00:00:00.123Z',
      toolVersion: '0',
    },
    ...{ source: { type: 'cluster', context: 'c', server: 's' }, kubernetesVersion: null, target: null, knowledge: [] },
    counts: {
      ...{ checks: 0, passed: 0, found: 0, ignored: 0, unseen: 0, skipped: 0, notAsked: 0 },
      ...{ blocks: 0, warns: 0, informs: 0, ignoredFindings: 0 },
    },
    families: [{ family: 'webhooks', title: 'Webhooks', checks }],
    unusedIgnores: [],
  };
  return junit(report);
}

it('escapes what XML reserves, and replaces what it can not hold', () => {
  const out = text({ ...empty, state: 'found', severity: 'blocks', findings: [{ severity: 'blocks', ...finding }] });
  expect(out).toContain('name="ML-W001 a &lt;b&gt; &amp; &quot;c&quot;"');
  expect(out).toContain('blocks: Deployment shop/web: It is &lt;x&gt;.\nSo &amp; so.\na\ufffdb</failure>');
  expect(out).toContain('timestamp="2026-09-01T00:00:00"');
});

it('fails what blocks or warns, prints what informs, and skips what was not seen', () => {
  const informs = {
    ...empty,
    state: 'found',
    severity: 'informs',
    findings: [{ severity: 'informs', ...finding }],
  } as const;
  const unseen = { ...empty, state: 'unseen', unseen: [{ object, why: 'no answer' }] } as const;
  const out = text(informs, unseen, { ...empty, state: 'skipped', reason: 'could not see pods' }, empty);
  expect(out).toContain('tests="4" failures="0" errors="0" skipped="2"');
  expect(out).toContain('<system-out>informs: Deployment shop/web');
  expect(out).toContain('<skipped message="Deployment shop/web: no answer"/>');
  expect(out).toContain('<skipped message="could not see pods"/>');
});
