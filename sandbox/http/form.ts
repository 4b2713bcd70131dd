import type { KubeObject } from '../../src/kube/api.ts';
import { ApiFailure } from '../store/failure.ts';

/** In what form objects are sent. `include` says how much of the object goes with each row of a table. */
export type Form =
  | { readonly kind: 'object' }
  | { readonly kind: 'metadata' }
  | { readonly kind: 'table'; readonly include: 'None' | 'Metadata' | 'Object' };

/**
 * The first form of an Accept header that can be served: JSON as it is, `as=Table` or `as=PartialObjectMetadata(List)` of
 * meta.k8s.io/v1. Protobuf is passed over: clients that prefer it take JSON too.
 * @throws ApiFailure 406 when none can be served
 */
export function formOf(accept: string, includeObject: string | null): Form {
  if (accept.trim() === '') return { kind: 'object' };
  for (const range of accept.split(',')) {
    const form = formOfRange(range, includeObject);
    if (form) return form;
  }
  const message = 'only the following media types are accepted: application/json';
  throw new ApiFailure(406, 'NotAcceptable', message);
}

const jsonRanges: readonly string[] = ['application/json', 'application/*', '*/*'];

function formOfRange(range: string, includeObject: string | null): Form | undefined {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
  if (!jsonRanges.includes(type)) return undefined;
  const wanted = Object.fromEntries(parameters.map((parameter) => parameter.split('=') as [string, string?]));
  const as = wanted['as'];
  if (as === undefined) return { kind: 'object' };
  if (wanted['v'] !== 'v1' || wanted['g'] !== 'meta.k8s.io') return undefined;
  if (as === 'Table') return { kind: 'table', include: includeOf(includeObject) };
  return as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList' ? { kind: 'metadata' } : undefined;
}

function includeOf(text: string | null): 'None' | 'Metadata' | 'Object' {
  return text === 'None' || text === 'Object' ? text : 'Metadata';
}

/** An object cut down to its metadata. */
export function metadataOf(object: KubeObject): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
