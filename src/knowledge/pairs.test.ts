import { describe, expect, it } from 'vitest';
import { builtInKnowledge as knowledge } from './knowledge.ts';
import { badPairs, pairsBetween } from './pairs.ts';

const ids = (from: string, to: string) => pairsBetween(from, to, knowledge).map(({ id }) => id);

describe('pairsBetween', () => {
  it.each([
    ['1.28.6', '1.30.1', 'hashable-string-rejected', true],
    ['1.28.6', '1.30.2', 'hashable-string-rejected', false],
    ['1.29.2', '1.30.1', 'hashable-string-rejected', false],
    ['1.29.4', '1.30.5', 'old-istiod-empties-gateways', true],
    ['1.29.5', '1.30.5', 'old-istiod-empties-gateways', false],
    ['1.30.1', '1.31.1', 'old-istiod-empties-gateways', true],
    ['1.23.6', '1.24.2', 'managed-gateway-selector-immutable', true],
    ['1.23.6', '1.24.3', 'managed-gateway-selector-immutable', false],
    ['1.28.0', '1.21.6', 'stored-versions-block-downgrade', true],
    ['1.28.0', '1.27.9', 'stored-versions-block-downgrade', false],
    ['1.22.8', '1.23.3', 'access-log-operator-rejected', false],
    ['1.22.8', '1.23.5', 'access-log-operator-rejected', true],
    ['1.22.8', '1.23.6', 'access-log-operator-rejected', false],
    ['1.22.8', '1.24.0', 'access-log-rejected-since-1-24', true],
    ['1.23.0', '1.24.0', 'access-log-rejected-since-1-24', false],
    ['1.27.9', '1.28.6', 'tls-routes-ignored-by-1-29-2', true],
    ['1.28.6', '1.28.7', 'tls-routes-ignored-by-1-29-2', false],
    ['1.28.6', '1.29.2', 'tls-routes-ignored-by-1-29-2', true],
  ])('%s to %s: %s %s', (from, to, id, expected) => {
    expect(ids(from, to).includes(id)).toBe(expected);
  });

  it('are well formed', () => {
    expect(new Set(badPairs.map(({ id }) => id)).size).toBe(badPairs.length);
    for (const { source, date, from, to } of badPairs) {
      expect(source).toBeTruthy();
      expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(from.length * to.length).toBeGreaterThan(0);
    }
  });
});
