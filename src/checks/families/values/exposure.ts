/** Whether a mesh is exposed to something, and by which objects. */
import type { FactKind, Facts, MetaFact } from '../../../mesh/facts.ts';
import type { FoundObject } from '../../check.ts';

/**
 * exposed: these objects show it. safe: none does. unknown: what would show it was not read. manual: nothing in the cluster can
 * show it, a person must know.
 */
export interface Exposure {
  readonly state: 'exposed' | 'safe' | 'unknown' | 'manual';
  /** Empty unless exposed. */
  readonly objects: readonly FoundObject[];
  /** Why it is unknown or manual, in sentences. */
  readonly why: readonly string[];
}

/** No object shows it. */
export const safe: Exposure = { state: 'safe', objects: [], why: [] };

/** It can't be told. */
export function unknown(why: string): Exposure {
  return { state: 'unknown', objects: [], why: [why] };
}

/** A person must know. */
export function byHand(why: string): Exposure {
  return { state: 'manual', objects: [], why: [why] };
}

/** Exposed by the objects; without any it is safe when the lists were read whole, and unknown when one was not. */
export function shown(
  facts: Facts,
  kinds: readonly Exclude<FactKind, 'istiods'>[],
  objects: readonly FoundObject[],
): Exposure {
  if (objects.length > 0) return { state: 'exposed', objects, why: [] };
  const unread = kinds.filter((kind) => facts[kind].unread !== null);
  const [first] = unread;
  if (first === undefined) return safe;
  return unknown(`Could not see ${unread.join(' and ')} (${facts[first].unread ?? ''}).`);
}

/** One is enough; what is unknown stays unknown unless another one decides. */
export function anyOf(parts: readonly Exposure[]): Exposure {
  const objects = parts.flatMap((part) => part.objects);
  if (objects.length > 0) return { state: 'exposed', objects, why: [] };
  return leading(parts, ['exposed', 'unknown', 'manual', 'safe']);
}

/** All must hold. The objects are those of the last part: the first ones say when it matters at all. */
export function allOf(parts: readonly Exposure[]): Exposure {
  const first = leading(parts, ['safe', 'unknown', 'manual', 'exposed']);
  return first.state === 'exposed' ? (parts.at(-1) ?? first) : first;
}

function leading(parts: readonly Exposure[], order: readonly Exposure['state'][]): Exposure {
  for (const state of order) {
    const found = parts.filter((part) => part.state === state);
    if (found.length > 0) return { ...safe, ...found[0], why: found.flatMap(({ why }) => why) };
  }
  return safe;
}

/** An object by its kind and metadata. */
export function object(kind: string, { namespace, name }: Pick<MetaFact, 'namespace' | 'name'>): FoundObject {
  return { kind, namespace, name };
}
