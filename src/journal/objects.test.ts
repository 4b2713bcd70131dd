import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataOf, partName, partObject, pieces } from './objects.ts';

describe('pieces', () => {
  it('gives the text again, in pieces that fit', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'ä', '€', '\u{1F600}'), maxLength: 300 });
    fc.assert(
      fc.property(text, fc.integer({ min: 8, max: 64 }), (whole, bytes) => {
        const found = pieces(whole, bytes);
        expect(found.join('')).toBe(whole);
        for (const piece of found) {
          expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(bytes);
          // A half character would come back as U+FFFD.
          expect(Buffer.from(piece).toString()).toBe(piece);
        }
      }),
    );
  });

  it('takes as much as fits', () => {
    expect(pieces('abcdef', 3)).toEqual(['abc', 'def']);
    expect(pieces('abc', 3)).toEqual(['abc']);
  });

  it('gives one empty piece for an empty text', () => {
    expect(pieces('', 8)).toEqual(['']);
  });
});

describe('parts of a run', () => {
  it('are named so that the order of names is their order', () => {
    expect(partName('r', 'head')).toBe('meshlift-r');
    expect(partName('r', 'journal', 7)).toBe('meshlift-r-journal-0007');
    expect(partName('r', 'plan', 12)).toBe('meshlift-r-plan-0012');
  });

  it('are found by their labels, and immutable only where that is said', () => {
    const place = { namespace: 'istio-system', run: 'r' };
    const plan = partObject(place, { kind: 'plan', index: 1, immutable: true }, { plan: 'x' });
    expect(plan).toMatchObject({
      metadata: {
        namespace: 'istio-system',
        name: 'meshlift-r-plan-0001',
        labels: { 'meshlift.dev/run': 'r', 'meshlift.dev/part': 'plan', 'app.kubernetes.io/managed-by': 'meshlift' },
      },
      immutable: true,
      data: { plan: 'x' },
    });
    expect(partObject(place, { kind: 'journal' }, {})).not.toHaveProperty('immutable');
  });

  it('have only texts as data', () => {
    expect(dataOf({ metadata: { name: 'a' }, data: { a: 'x', b: 1 } })).toEqual({ a: 'x' });
    expect(dataOf({ metadata: { name: 'a' } })).toEqual({});
    expect(dataOf({ metadata: { name: 'a' }, data: null })).toEqual({});
  });
});
