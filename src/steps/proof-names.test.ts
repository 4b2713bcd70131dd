import { describe, expect, it } from 'vitest';
import { discoveryLabels, proofNamespace } from './proof-names.ts';
import { shadowName } from './proof-pods.ts';
import { counter, rejects } from './proof-metrics.ts';

describe('labels by which an istiod sees a namespace', () => {
  it.each([
    [{}, {}],
    [null, {}],
    [{ discoverySelectors: [{ matchLabels: { mesh: 'on' } }, { matchLabels: { other: 'x' } }] }, { mesh: 'on' }],
    [
      {
        discoverySelectors: [
          {
            matchExpressions: [
              { key: 'env', operator: 'In', values: ['prod', 'test'] },
              { key: 'team', operator: 'Exists' },
              { key: 'off', operator: 'DoesNotExist' },
            ],
          },
        ],
      },
      { env: 'prod', team: 'true' },
    ],
  ])('of %j are %j', (meshConfig, labels) => {
    expect(discoveryLabels(meshConfig)).toEqual(labels);
  });
});

describe('a counter in /metrics', () => {
  const text = [
    '# TYPE pilot_total_xds_rejects counter',
    'pilot_total_xds_rejects{type="lds"} 2',
    'pilot_total_xds_rejects{type="cds"} 3',
    'pilot_total_xds_rejects_other 100',
    'plain 7',
  ].join('\n');

  it('is the sum of its series, and zero when it is absent', () => {
    expect(counter(text, rejects)).toBe(5);
    expect(counter(text, 'plain')).toBe(7);
    expect(counter(text, 'absent')).toBe(0);
  });
});

describe('names of a proof', () => {
  it('are names that Kubernetes takes, whatever the revision and the version are called', () => {
    const long = `${'r'.repeat(60)}`;
    for (const revision of ['1-30-3', long])
      expect(proofNamespace(revision)).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])$/);
    expect(proofNamespace('1-30-3')).toBe('meshlift-proof-1-30-3');
    expect(proofNamespace(long)).not.toBe(proofNamespace(`${long}s`));
    const names = ['1.29.6', '1.29-alpha.0123456789abcdef0123456789abcdef0123456789abcdef', '1.29.6_Solo+fips'];
    for (const version of names)
      expect(shadowName({ role: 'sidecar', version })).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])$/);
    expect(shadowName({ role: 'gateway', version: '1.29.6' })).toBe('meshlift-proof-gateway-1-29-6');
  });
});
