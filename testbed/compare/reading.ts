import { type Fields, pathOf, reads, type Row } from './row.ts';

const maps = pathOf('configmaps');
const count = ({ kind, items }: Fields): unknown => [kind, Array.isArray(items) ? items.length : 'no list'];

/** Lists, watches, selectors, representations and what is not served. */
export const readingRows: readonly Row[] = [
  reads('a continue token that is none', `${maps}?limit=1&continue=abc`, { differs: 'words' }),
  reads('a limit that is no number', `${maps}?limit=abc`, { differs: 'words' }),
  reads('a version from the future', `${maps}?resourceVersion=99999999&resourceVersionMatch=NotOlderThan`),
  reads('exactly any version', `${maps}?resourceVersion=0&resourceVersionMatch=Exact`, { differs: 'words' }),
  reads('a match without a version', `${maps}?resourceVersionMatch=Exact`),
  reads('a version that is no number', `${maps}?resourceVersion=abc`, { differs: 'words' }),
  reads('a label selector that is none', `${maps}?labelSelector=a%20in%20b`, { differs: 'words' }),
  reads('a field that cannot be selected', `${maps}?fieldSelector=data.k%3Dv`),
  reads('a field selector that is none', `${maps}?fieldSelector=foo`),
  reads('pods by phase and node', `${pathOf('pods')}?fieldSelector=status.phase%3DRunning,spec.nodeName%3Dx`, {
    compare: count,
  }),
  reads('a namespace that is not there', '/api/v1/namespaces/nope/configmaps', { compare: count }),
  reads('a watch from a version that is no number', `${maps}?watch=true&resourceVersion=abc&timeoutSeconds=1`, {
    differs: 'status',
  }),
  reads('a group that is not served', '/apis/nope.example.com/v1', { differs: 'plainText' }),
  reads('a version that is not served', '/apis/apps/v9'),
  reads('a kind that is not served', pathOf('apps/widgets')),
  reads('a representation that is not served', `${maps}/a`, { accept: 'text/html', differs: 'words' }),
  reads('only the metadata', `${maps}/a`, { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' }),
  reads('the log of a pod that is not there', `${pathOf('pods')}/none/log`, { differs: 'words' }),
  reads('readiness', '/readyz'),
];
