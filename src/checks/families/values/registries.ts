/** Where Istio's images come from. */
import type { Facts, WorkloadFact } from '../../../mesh/facts.ts';
import type { FoundObject } from '../../check.ts';
import { object } from './exposure.ts';

/** Registries to which nothing is published any more, and which are being switched off (announcing-1.31, upgrade notes). */
export const retired: readonly string[] = ['gcr.io/istio-release', 'registry.istio.io'];

/** Where charts were published before; switched off with the registries. */
export const retiredCharts: readonly string[] = ['istio-release.storage.googleapis.com', ...retired];

/** An object with the image that it takes from one of the registries. */
export interface ImageUse {
  readonly object: FoundObject;
  readonly image: string;
}

/** Names of Istio's own images. */
const own = /\/(pilot|proxyv2|install-cni|ztunnel)[:@]/;

/** Registry and path of one of Istio's images without its name: 'docker.io/istio'; null for other images. */
export function hubOf(image: string): string | null {
  const at = own.exec(image)?.index;
  return at === undefined ? null : image.slice(0, at);
}

/** Every workload that takes an image of Istio from there. Annotation sidecar.istio.io/proxyImage counts. */
export function imagesOfRetired(facts: Facts, registries: readonly string[]): readonly ImageUse[] {
  const lists = [facts.deployments, facts.daemonSets, facts.statefulSets];
  return lists.flatMap((list) => list.items.flatMap((workload) => usesOf(workload, registries)));
}

function usesOf({ kind, meta, template }: WorkloadFact, registries: readonly string[]): readonly ImageUse[] {
  const pinned = template.annotations['sidecar.istio.io/proxyImage'] ?? '';
  const images = [...Object.values(template.images), template.proxy?.image ?? '', pinned];
  const image = images.find((one) => registries.some((registry) => one.startsWith(`${registry}/`)));
  return image === undefined ? [] : [{ object: object(kind, meta), image }];
}
