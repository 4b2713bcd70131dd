/** Patches of EnvoyFilters, and which proxies get them. */
import { minorsBetween } from '../../../knowledge/versions.ts';
import type { EnvoyFilterFact, EnvoyPatchFact } from '../../../mesh/facts.ts';
import type { CheckView, FoundObject } from '../../check.ts';

/** The object of a finding. */
export function filterObject({ meta }: Pick<EnvoyFilterFact, 'meta'>): FoundObject {
  return { kind: 'EnvoyFilter', namespace: meta.namespace, name: meta.name };
}

/** Whether a patch applies to proxies of a version; null when its proxyVersion is no regular expression. */
export function appliesTo({ proxyVersion }: EnvoyPatchFact, version: string): boolean | null {
  if (proxyVersion === '') return true;
  try {
    return new RegExp(proxyVersion).test(version);
  } catch {
    return null;
  }
}

/** Patches that proxies of the target get, with their positions; without a target all. */
export function patchesFor(
  { patches }: EnvoyFilterFact,
  { target }: CheckView,
): readonly (readonly [number, EnvoyPatchFact])[] {
  return patches
    .map((patch, at) => [at, patch] as const)
    .filter(([, patch]) => target === null || appliesTo(patch, target.version) !== false);
}

/** Whether the way to the target reaches a minor that its start has not reached. */
export function crosses({ target }: CheckView, minor: string): boolean {
  if (target === null || target.from === null) return false;
  return (minorsBetween(minor, target.from) ?? 0) < 0 && (minorsBetween(minor, target.version) ?? -1) >= 0;
}

/** Where, as kubectl writes it. */
export function pathOf(at: number, rest: string): string {
  return `spec.configPatches[${String(at)}].${rest}`;
}

/** How a changed patch is proved. */
export const safest =
  'Try it on one throw-away pod of the new revision: it must get ready, and istioctl proxy-status must show no rejection';
