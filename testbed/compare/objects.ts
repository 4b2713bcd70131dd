import { creates, pathOf, patches, reads, type Row } from './row.ts';

const configMaps = 'configmaps';
const map = (name: string, more: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  ...more,
});
const at = (name: string) => `${pathOf(configMaps)}/${name}`;
const owner = (name: string, uid: string) => ({ apiVersion: 'v1', kind: 'Pod', name, uid, controller: true });

/** Creating, replacing and deleting plain objects. */
export const objectRows: readonly Row[] = [
  creates('create', configMaps, map('a', { data: { k: 'v' } }), { remember: 'a' }),
  creates('a second of the same name', configMaps, map('a')),
  creates('no name', configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }),
  creates(
    'a body of another kind',
    configMaps,
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'c1' } },
    { differs: 'words' },
  ),
  creates('a body of another namespace', configMaps, map('c2', {}, { namespace: 'other' })),
  creates('a body that is no JSON', configMaps, '{nope', { differs: 'words' }),
  creates('a resourceVersion on create', configMaps, map('c3', {}, { resourceVersion: '5' })),
  creates('a label that is none', configMaps, map('c4', {}, { labels: { 'a b': 'c d' } }), { differs: 'validation' }),
  creates('an annotation that is none', configMaps, map('c5', {}, { annotations: { 'a b': 'c' } }), {
    differs: 'validation',
  }),
  creates('a key of data that is none', configMaps, map('c6', { data: { 'a b': 'c' } }), { differs: 'validation' }),
  creates('a number for a string', configMaps, map('c7', { data: { a: 1 } }), { differs: 'validation' }),
  creates('a field that the kind does not have', configMaps, map('c8', { nope: 1 }), { differs: 'unknownFields' }),
  creates('a dry run of something else', configMaps, map('c9'), {
    path: `${pathOf(configMaps)}?dryRun=yes`,
    differs: 'status',
  }),
  creates('a dry run', configMaps, map('c10'), { path: `${pathOf(configMaps)}?dryRun=All` }),
  reads('what a dry run stored', at('c10')),
  creates('a finalizer without a domain', configMaps, map('c11', {}, { finalizers: ['nope'] }), {
    differs: 'validation',
  }),
  creates('an owner without uid', configMaps, map('c12', {}, { ownerReferences: [owner('b', '')] }), {
    differs: 'validation',
  }),
  creates('two controllers', configMaps, map('c13', {}, { ownerReferences: [owner('b', '1'), owner('c', '2')] }), {
    differs: 'validation',
  }),
  { says: 'replace without version', method: 'PUT', path: at('a'), body: map('a', { data: { k: 'w' } }) },
  { says: 'replace an old version', method: 'PUT', path: at('a'), body: map('a', {}, { resourceVersion: '{rv:a}' }) },
  { says: 'replace under another name', method: 'PUT', path: at('a'), body: map('b') },
  { says: 'replace what is not there', method: 'PUT', path: at('none'), body: map('none') },
  creates('an immutable one', configMaps, map('fixed', { immutable: true, data: { a: 'b' } })),
  patches('a change to an immutable one', 'configmaps/fixed', 'merge', { data: { a: 'c' } }),
  {
    says: 'delete another uid',
    method: 'DELETE',
    path: at('a'),
    body: preconditions({ uid: 'nope' }),
  },
  { says: 'delete in a dry run', method: 'DELETE', path: `${at('a')}?dryRun=All` },
  {
    says: 'delete with an unknown policy',
    method: 'DELETE',
    path: `${at('a')}?propagationPolicy=Nope`,
    differs: 'status',
  },
  creates('with a finalizer', configMaps, map('held', {}, { finalizers: ['example.com/hold'] })),
  { says: 'delete what a finalizer holds', method: 'DELETE', path: at('held') },
  patches(
    'a new finalizer while it goes',
    'configmaps/held',
    'merge',
    { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } },
    {
      differs: 'validation',
    },
  ),
  patches('the last finalizer', 'configmaps/held', 'merge', { metadata: { finalizers: null } }),
  reads('what the finalizer held', at('held')),
  { says: 'delete', method: 'DELETE', path: at('fixed') },
  { says: 'delete again', method: 'DELETE', path: at('fixed') },
  creates('a secret of plain text', 'secrets', { metadata: { name: 's' }, stringData: { a: 'b' } }),
  creates('a lease', 'coordination.k8s.io/leases', {
    metadata: { name: 'l' },
    spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' },
  }),
  patches(
    'a lease of no duration',
    'coordination.k8s.io/leases/l',
    'merge',
    { spec: { leaseDurationSeconds: 0 } },
    {
      differs: 'validation',
    },
  ),
  creates(
    'a token',
    'serviceaccounts',
    { spec: {} },
    { path: `${pathOf('serviceaccounts')}/default/token`, compare: ({ kind }) => kind, differs: 'notServed' },
  ),
];

function preconditions(wanted: object) {
  return { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: wanted };
}
