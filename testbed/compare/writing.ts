import { creates, patches, type Row } from './row.ts';

const map = (data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'p', ...metadata },
  data,
});
const applied = (name: string, data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

const jsonPatches: readonly Row[] = [
  patches('an unknown operation', 'configmaps/p', 'json', [{ op: 'nope', path: '/data' }], { differs: 'status' }),
  patches('removing what is not there', 'configmaps/p', 'json', [{ op: 'remove', path: '/data/none' }]),
  patches('a test that fails', 'configmaps/p', 'json', [{ op: 'test', path: '/data/k', value: 'no' }]),
  patches('no list of operations', 'configmaps/p', 'json', {}, { differs: 'words' }),
  patches('copy and move', 'configmaps/p', 'json', [
    { op: 'copy', from: '/data/k', path: '/data/l' },
    { op: 'move', from: '/data/l', path: '/data/m' },
  ]),
];

const apply: readonly Row[] = [
  patches('apply without a manager', 'configmaps/s', 'apply', applied('s', { a: '1' })),
  patches('apply that creates', 'configmaps/s?fieldManager=x', 'apply', applied('s', { a: '1', b: '2' })),
  patches('another manager, same value', 'configmaps/s?fieldManager=y', 'apply', applied('s', { a: '1' })),
  patches('another manager, other value', 'configmaps/s?fieldManager=y', 'apply', applied('s', { a: '2', b: '3' })),
  patches('the same by force', 'configmaps/s?fieldManager=y&force=true', 'apply', applied('s', { a: '2' })),
  patches('leaving out what is owned alone', 'configmaps/s?fieldManager=x', 'apply', applied('s', {})),
  patches('apply under another name', 'configmaps/s?fieldManager=x', 'apply', applied('t', {})),
  patches(
    'apply of another kind',
    'configmaps/s?fieldManager=x',
    'apply',
    { ...applied('s', {}), kind: 'Secret' },
    { differs: 'words' },
  ),
  patches(
    'apply of an old version',
    'configmaps/s?fieldManager=x',
    'apply',
    applied('s', {}, { resourceVersion: '1' }),
  ),
  patches(
    'apply to a uid that is not there',
    'configmaps/u?fieldManager=x',
    'apply',
    applied('u', {}, { uid: 'abc' }),
    { differs: 'words' },
  ),
  patches('force without apply', 'configmaps/s?fieldManager=x&force=true', 'merge', {}, { differs: 'validation' }),
];

/** Patches of all kinds. */
export const writingRows: readonly Row[] = [
  creates('something to patch', 'configmaps', map({ k: 'v' })),
  patches('an unknown type of patch', 'configmaps/p', 'merge', {}, { type: 'application/json', differs: 'words' }),
  patches('a patch that is no JSON', 'configmaps/p', 'merge', '{', { differs: 'words' }),
  patches('what is not there', 'configmaps/none', 'merge', {}),
  patches('the name', 'configmaps/p', 'merge', { metadata: { name: 'z' } }),
  patches('the namespace', 'configmaps/p', 'merge', { metadata: { namespace: 'z' } }),
  patches('the uid', 'configmaps/p', 'merge', { metadata: { uid: 'z' } }, { differs: 'status' }),
  patches('the creation time, which stays', 'configmaps/p', 'merge', {
    metadata: { creationTimestamp: '2020-01-01T00:00:00Z' },
  }),
  ...jsonPatches,
  ...apply,
];
