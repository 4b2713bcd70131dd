import { describe, expect, it } from 'vitest';
import { discoveryLabels } from './proof-names.ts';
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
