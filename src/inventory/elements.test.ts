import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementReader } from './elements.ts';

/** Feeds a text in pieces of the given sizes, again and again until it is through. */
function feed(text: string, sizes: readonly number[]): { elements: unknown[]; whole: boolean } {
  const elements: unknown[] = [];
  const reader = elementReader((element) => elements.push(element));
  const bytes = Buffer.from(text);
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    reader.push(bytes.subarray(at, at + size));
    at += size;
  }
  return { elements, whole: reader.end() };
}

const objects = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), { maxLength: 5 });

describe('elementReader', () => {
  it('yields what JSON.parse yields, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        objects,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        (list, sizes, spaced) => {
          const text = JSON.stringify(list, null, spaced ? 2 : 0);

          expect(feed(text, sizes)).toEqual({ elements: JSON.parse(text) as unknown[], whole: true });
        },
      ),
      { numRuns: 500, seed: 11 },
    );
  });

  it.each<[string, string, number]>([
    ['cut off between elements', '[{"a":1},', 1],
    ['cut off in an element', '[{"a":1},{"b":', 1],
    ['no array', '{"a":1}', 0],
    ['an element that is no object', '[{"a":1},3]', 1],
    ['something behind the array', '[{"a":1}]x', 1],
    ['an element that only looks like JSON', '[{"a":1},{b}]', 1],
    ['nothing', '', 0],
  ])('is not whole: %s', (_name, text, count) => {
    const { elements, whole } = feed(text, [3]);

    expect(whole).toBe(false);
    expect(elements).toHaveLength(count);
  });
});
