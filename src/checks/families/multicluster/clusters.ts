/** How far a mesh reaches beyond this cluster. */
import type { RemoteSecretFact, ServiceFact } from '../../../mesh/facts.ts';
import type { CheckView, FoundObject } from '../../check.ts';
import { valuesOf } from '../values/theme.ts';

/** Label on what leads into a network. */
export const networkKey = 'topology.istio.io/network';

/** Name of the remote cluster that a Secret is for; its own name when the annotation is missing. */
export function clusterOf({ meta }: RemoteSecretFact): string {
  return meta.annotations['networking.istio.io/cluster'] ?? meta.name.replace(/^istio-remote-secret-/, '');
}

/** Whether other clusters belong to the mesh, as far as this one shows. */
export function isMulticluster(view: CheckView): boolean {
  return view.facts.remoteSecrets.items.length > 0 || remoteServices(view).length > 0 || eastWest(view).length > 0;
}

/** Services that lead into this cluster's networks from others. */
export function eastWest({ facts }: CheckView): readonly ServiceFact[] {
  return facts.services.items.filter(({ meta }) => (meta.labels[networkKey] ?? '') !== '');
}

/** Services istiod… whose endpoints are written by hand. */
export function remoteServices({ facts }: CheckView): readonly ServiceFact[] {
  return facts.services.items.filter(
    ({ meta, selector }) =>
      /^istiod(-|$)/.test(meta.name) && Object.keys(selector).length === 0 && isForXds(meta.labels),
  );
}

// Tags have Services too, but with selectors; other software may call a Service istiod-something.
function isForXds(labels: Readonly<Record<string, string>>): boolean {
  return labels['app'] === 'istiod' || labels['istio.io/rev'] !== undefined || labels['istio'] === 'pilot';
}

/** What a revision calls its cluster, network and mesh, from the values of its injector. */
export function identityOf(view: CheckView, revision: string): Readonly<Record<string, string>> {
  const values = valuesOf(view, revision);
  const keys = ['global.meshID', 'global.multiCluster.clusterName', 'global.network'];
  return Object.fromEntries(keys.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])));
}

/** A Service as the object of a finding. */
export function serviceObject({ meta }: ServiceFact): FoundObject {
  return { kind: 'Service', namespace: meta.namespace, name: meta.name };
}
