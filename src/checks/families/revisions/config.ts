/** Configuration that names a revision: only that control plane reads it. */
import { groupBy } from '../../../mesh/group.ts';
import type { MetaFact } from '../../../mesh/facts.ts';
import { revisionKey } from '../../../mesh/keys.ts';
import { plural } from '../../../report/words.ts';
import type { Check, CheckView, Finding, FoundObject } from '../../check.ts';

/** Lists of configuration, with the kind of what is in them. Gateways of the Gateway API are not here: they may name a tag. */
const lists = {
  virtualServices: 'VirtualService',
  destinationRules: 'DestinationRule',
  serviceEntries: 'ServiceEntry',
  istioGateways: 'Gateway',
  envoyFilters: 'EnvoyFilter',
  sidecars: 'Sidecar',
  authorizationPolicies: 'AuthorizationPolicy',
  peerAuthentications: 'PeerAuthentication',
  requestAuthentications: 'RequestAuthentication',
  telemetries: 'Telemetry',
  wasmPlugins: 'WasmPlugin',
} as const;

const kinds = Object.keys(lists) as readonly (keyof typeof lists)[];

interface Named {
  readonly kind: string;
  readonly meta: MetaFact;
  readonly revision: string;
}

function named({ facts }: CheckView): readonly Named[] {
  return kinds.flatMap((list) =>
    facts[list].items.flatMap(({ meta }): Named[] => {
      const revision = meta.labels[revisionKey];
      return revision === undefined ? [] : [{ kind: lists[list], meta, revision }];
    }),
  );
}

/** Read by one control plane, or by none. */
export const configIsRead: Check = {
  id: 'ML-R007',
  title: 'no Istio configuration is for the revision that the upgrade leaves, or for one that is gone',
  looksAt: `Label ${revisionKey} of VirtualServices, DestinationRules, ServiceEntries, Gateways, EnvoyFilters, Sidecars, policies, Telemetry and WasmPlugins, against the control planes.`,
  why: 'istiod leaves out every object whose label names another revision, and never resolves a tag in it. Proxies that are moved lose such routes and policies at that moment, authorization included; nothing says so.',
  remedy: 'Take the label away, so that every control plane reads the object, or make a copy for the new revision.',
  source: 'pilot/pkg/config/kube/crdclient/client.go and pkg/config/model.go (LabelsInRevision) in istio/istio',
  severities: ['blocks', 'warns'],
  needs: ['deployments', ...kinds],
  pains: ['P64'],
  run: (view) => {
    const { mesh, target } = view;
    const alive = new Set(mesh.controlPlanes.map(({ revision }) => revision));
    const left = target?.strategy === 'revision' && target.hops.length > 0 ? target.fromRevision : null;
    const troubles = named(view).filter(({ revision }) => revision === left || !alive.has(revision));
    const groups = groupBy(troubles, ({ meta, revision }) => `${meta.namespace} ${revision}`);
    return [...groups.values()].flatMap((all): Finding[] => {
      const [first] = all;
      return first === undefined ? [] : [finding(first, all, first.revision === left)];
    });
  },
};

function finding({ kind, meta, revision }: Named, all: readonly Named[], moves: boolean): Finding {
  const { namespace, name } = meta;
  const object: FoundObject =
    all.length === 1 ? { kind, namespace, name } : { kind: 'Namespace', namespace: '', name: namespace };
  const what =
    all.length === 1 ? 'It is' : `${plural(all.length, 'object')} here, the first of them ${kind} ${name}, are`;
  return {
    ...{ severity: moves ? 'blocks' : 'warns', object, field: `metadata.labels[${revisionKey}]`, value: revision },
    message: moves
      ? `${what} read by revision ${revision} only, which the upgrade leaves.`
      : `${what} for ${revision}, which is no control plane here, so nobody reads ${all.length === 1 ? 'it' : 'them'}.`,
    why: moves
      ? 'Proxies that are moved to the new revision lose what it says: routes, policies and filters.'
      : 'It has no effect on any proxy, whatever it says.',
    remedy: `kubectl -n ${namespace} label ${kind.toLowerCase()} ${name} ${revisionKey}-${all.length === 1 ? '' : ', and so for the others'} (every control plane reads it then), or delete it when nobody misses it`,
  };
}
