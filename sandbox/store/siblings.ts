import type { KubeObject } from '../../src/kube/api.ts';
import { isObject, sealed, sharing, withFields, type JsonObject } from './json.ts';

/** What the pods of an owner have in common: they differ in little, and hold one copy of the rest. */
interface Siblings {
  /** Specs without and with their defaults, the latest first. A pod gets defaults before admission and after each webhook. */
  readonly defaulted: { readonly before: JsonObject; readonly after: JsonObject }[];
  /** Of the pod that was stored last. */
  spec: JsonObject | undefined;
}

/** Siblings by the uid of their owner. */
export type SiblingsByOwner = Map<string, Siblings>;

/** As many as a pod under two webhooks needs, and once more when the webhooks change. */
const kept = 6;

const ownerOf = (pod: KubeObject) => pod.metadata.ownerReferences?.[0]?.uid;

function siblingsOf(all: SiblingsByOwner, owner: string): Siblings {
  const found = all.get(owner) ?? { defaulted: [], spec: undefined };
  all.set(owner, found);
  return found;
}

/**
 * Defaults of pods, which depend on the spec alone: a spec made of the very parts that a sibling's had gets the very
 * parts that came of them. Both are frozen but for their top: the same reference is the same value for good.
 */
export function defaultsOfSiblings(
  all: SiblingsByOwner,
  pod: KubeObject,
  defaults: (draft: KubeObject) => void,
): (draft: KubeObject) => void {
  const owner = ownerOf(pod);
  if (owner === undefined) return defaults;
  const { defaulted } = siblingsOf(all, owner);
  return (draft) => {
    const { spec } = draft;
    if (!isObject(spec)) return defaults(draft);
    let known = defaulted.find(({ before }) => sameParts(before, spec));
    if (!known) {
      const before = withSealedParts(spec);
      defaults(draft);
      known = { before, after: withSealedParts(draft['spec'] as JsonObject) };
      defaulted.unshift(known);
      defaulted.splice(kept);
    }
    draft['spec'] = withFields(known.after, {});
  };
}

function sameParts(a: JsonObject, b: JsonObject): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function withSealedParts(spec: JsonObject): JsonObject {
  for (const part of Object.values(spec)) sealed(part);
  return withFields(spec, {});
}

/** The pod with the parts of its spec that a sibling has too: containers and volumes are most of a cluster's memory. */
export function likeItsSibling(all: SiblingsByOwner, pod: KubeObject): KubeObject {
  const { spec } = pod;
  const owner = ownerOf(pod);
  if (!isObject(spec) || owner === undefined) return pod;
  const siblings = siblingsOf(all, owner);
  siblings.spec = sealed(sharing(spec, siblings.spec ?? {}));
  return { ...pod, spec: siblings.spec };
}
