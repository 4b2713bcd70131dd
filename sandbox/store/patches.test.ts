import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonPatch } from './patch-json.ts';
import { mergePatch } from './patch-merge.ts';
import { strategicPatch } from './patch-strategic.ts';
import { schemaOf } from './schema.ts';
import { failing } from './test-cluster.test-helper.ts';

describe('merge patch', () => {
  // Appendix A of RFC 7386: original, patch, result.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j patched with %j', (original, patch, result) => {
    expect(mergePatch(original, patch)).toEqual(result);
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});

describe('JSON patch', () => {
  // Appendix A of RFC 6902.
  it.each([
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
    [{ foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
    [{ baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    [{ foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
    [{ baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
    [
      { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
      [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
    ],
    [{ foo: [1, 2, 3] }, [{ op: 'move', from: '/foo/1', path: '/foo/2' }], { foo: [1, 3, 2] }],
    [{ foo: ['a'] }, [{ op: 'copy', from: '/foo/0', path: '/bar' }], { foo: ['a'], bar: 'a' }],
    [{ '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    [{ foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc'] }], { foo: ['bar', ['abc']] }],
    [{ a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
  ])('%j with %j', (target, patch, result) => {
    expect(jsonPatch(target, patch)).toEqual(result);
  });

  it.each([
    [{ baz: 'qux' }, [{ op: 'test', path: '/baz', value: 'bar' }], 422],
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz/bat', value: 'qux' }], 422],
    [{ foo: 'bar' }, [{ op: 'replace', path: '/none', value: 'qux' }], 422],
    [{ foo: [1] }, [{ op: 'remove', path: '/foo/1' }], 422],
    [{ foo: [1] }, [{ op: 'add', path: '/foo/01', value: 1 }], 422],
    [{ foo: 'bar' }, [{ op: 'mend', path: '/foo' }], 400],
    [{ foo: 'bar' }, [{ op: 'add', path: '/foo' }], 400],
    [{ foo: 'bar' }, { foo: 'x' }, 400],
  ])('refuses %j with %j', (target, patch, code) => {
    expect(failing(() => jsonPatch(target, patch)).code).toBe(code);
  });
});

describe('strategic patch', () => {
  const pod = schemaOf('', 'pods');
  const target = {
    metadata: { labels: { a: '1' }, finalizers: ['x'] },
    spec: {
      containers: [
        { name: 'a', image: 'a:1', ports: [{ containerPort: 80, name: 'http' }] },
        { name: 'b', image: 'b:1', args: ['1'] },
      ],
      volumes: [{ name: 'v', emptyDir: {} }],
    },
  };
  const patched = (patch: unknown) => strategicPatch(target, patch, pod) as typeof target;

  it('merges keyed lists and unites finalizers', () => {
    const next = patched({
      metadata: { finalizers: ['y', 'x'] },
      spec: {
        containers: [
          { name: 'b', args: ['2', '3'] },
          { name: 'c', image: 'c:1' },
        ],
      },
    });
    expect(next.metadata).toEqual({ labels: { a: '1' }, finalizers: ['x', 'y'] });
    expect(next.spec.containers.map((container) => container.name)).toEqual(['a', 'b', 'c']);
    expect(next.spec.containers[1]).toEqual({ name: 'b', image: 'b:1', args: ['2', '3'] });
  });

  it('replaces and deletes by directive', () => {
    expect(
      patched({ spec: { containers: [{ $patch: 'replace' }, { name: 'z', image: 'z:1' }] } }).spec.containers,
    ).toEqual([{ name: 'z', image: 'z:1' }]);
    expect(patched({ metadata: { labels: { $patch: 'replace', b: '2' } } }).metadata.labels).toEqual({ b: '2' });
    expect(patched({ spec: { volumes: [{ name: 'v', $patch: 'delete' }] } }).spec.volumes).toEqual([]);
    expect(patched({ metadata: { '$deleteFromPrimitiveList/finalizers': ['x'] } }).metadata.finalizers).toEqual([]);
  });

  it('switches the source of a volume with $retainKeys', () => {
    const volume = { name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } };
    expect(patched({ spec: { volumes: [volume] } }).spec.volumes).toEqual([{ name: 'v', configMap: { name: 'c' } }]);
  });

  it('orders items as $setElementOrder says', () => {
    const next = patched({ spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] } });
    expect(next.spec.containers.map((container) => container.name)).toEqual(['b', 'a']);
    expect(next.spec).not.toHaveProperty('$setElementOrder/containers');
  });

  it('refuses items without their key and unknown directives', () => {
    expect(failing(() => patched({ spec: { containers: [{ image: 'x' }] } })).message).toContain(
      'does not contain declared merge key: name',
    );
    expect(failing(() => patched({ spec: { $patch: 'other' } })).code).toBe(400);
  });
});
