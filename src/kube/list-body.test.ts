import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readItems } from './list-body.ts';

const unreadable = (cause: unknown) => new Error('unreadable', { cause });

function read(text: string | Buffer) {
  const items: unknown[] = [];
  const envelope = readItems(Buffer.from(text), (item) => items.push(item), unreadable);
  return { envelope, items };
}

/** What the reader must yield, by one JSON.parse. */
function expected(text: string) {
  const whole = JSON.parse(text) as Record<string, unknown>;
  if (!Array.isArray(whole['items'])) return { envelope: whole, items: [] };
  return { envelope: { ...whole, items: [] }, items: whole['items'] as unknown[] };
}

describe('readItems', () => {
  it.each([
    ['items between other keys', '{"kind":"PodList","items":[{"a":1},{"b":[{}]}],"metadata":{"continue":"x"}}'],
    ['white space everywhere', ' {\n "items" : [ {"a" : "}"} ,\t{"b":"]"}\r\n] , "m" : 1 } \n'],
    ['brackets, quotes and backslashes in strings', '{"items":[{"a":"{[\\"\\\\"},{"\\"}":"\\\\\\""}]}'],
    ['an escaped key that spells items', '{"it\\u0065ms":[{"a":1}],"x":1}'],
    ['an escaped key after the plain one', '{"items":[{"a":1}],"it\\u0065ms":[{"b":2}]}'],
    ['items twice', '{"items":[{"a":1}],"items":[{"b":2}]}'],
    ['items of other types', '{"items":[1,"two",null,[3],{"four":4}]}'],
    ['no items', '{"kind":"PodList","metadata":{}}'],
    ['items null', '{"items":null,"metadata":{}}'],
    ['empty items', '{"items":[ ],"metadata":{}}'],
    ['items only deeper', '{"metadata":{"items":[{"a":1}]},"spec":[{"items":[]}]}'],
    ['scalars around', '{"a":-1.5e3,"b":true,"items":[{}],"c":null,"d":"x"}'],
    ['more than ASCII', '{"items":[{"ä":"日本 🎉"}],"é":"ü"}'],
  ])('reads %s as JSON.parse does', (_name, text) => {
    expect(read(text)).toEqual(expected(text));
  });

  it.each([
    '',
    '{',
    '{"items":[{}',
    '{"items":[{"a":1}{"b":1}]}',
    '{"items":[{"a":1},]}',
    '{"items":[{"a":]}]}',
    '{"items":[{}]}x',
    '[]',
    '7',
  ])('refuses %j', (text) => {
    expect(() => read(text)).toThrow('unreadable');
  });

  it('passes on what the reader of an item throws', () => {
    const fail = () => {
      throw new TypeError('mine');
    };
    expect(() => readItems(Buffer.from('{"items":[{}]}'), fail, unreadable)).toThrow('mine');
  });

  it('equals JSON.parse for any object', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue());
    const list = fc.record({ before: object, items: fc.array(object), after: object, indent: fc.nat(3) });
    fc.assert(
      fc.property(list, ({ before, items, after, indent }) => {
        const text = JSON.stringify({ ...before, items, ...after }, null, indent);
        expect(read(text)).toEqual(expected(text));
      }),
      { numRuns: 300 },
    );
  });

  it('accepts exactly the texts that JSON.parse accepts as an object', () => {
    const damaged = fc.tuple(
      fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
      fc.nat(),
      fc.constantFrom('', '"', '{', '}', ']', ',', '\\'),
    );
    fc.assert(
      fc.property(damaged, ([items, at, put]) => {
        const whole = JSON.stringify({ items, end: 1 });
        const cut = at % whole.length;
        const text = whole.slice(0, cut) + put + whole.slice(cut + 1);
        expect(attempt(() => read(text))).toEqual(attempt(() => expected(asObject(text))));
      }),
      { numRuns: 500 },
    );
  });
});

function asObject(text: string): string {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('no object');
  return text;
}

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch {
    return 'refused';
  }
}
