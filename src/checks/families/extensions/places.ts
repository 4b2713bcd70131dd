/** EnvoyFilters that lean on what Istio makes itself: its filters, their order, its own patches of old. */
import { minorsBetween } from '../../../knowledge/versions.ts';
import { plural } from '../../../report/words.ts';
import type { Check, Finding } from '../../check.ts';
import { listed } from '../data-plane/words.ts';
import { crosses, filterObject, patchesFor, pathOf, safest } from './patches.ts';

// Istio's own filters, whose place and name are nobody's promise.
const istioOwn = /^istio[._]|(^|\.)(stats|rbac|authz|authn|jwt_authn|metadata_exchange|mx|wasm|alpn)$/;

/** Anchored to Istio's filters. */
export const anchorsStay: Check = {
  id: 'ML-E005',
  title: 'no EnvoyFilter is placed beside a filter of Istio’s own',
  looksAt: 'match names of patches with INSERT_BEFORE or INSERT_AFTER, when the minor changes.',
  why: 'Order and names of Istio’s filters change between minors (1.20 moved several): the patch runs at another place, before authentication instead of after it, or not at all.',
  remedy: 'Anchor it at envoy.filters.http.router, or use INSERT_FIRST, or a WasmPlugin with a phase.',
  source: 'releasenotes/notes/filter-order.yaml in istio/istio; istio/istio issue 30773',
  severities: ['warns', 'informs'],
  needs: ['envoyFilters', 'target'],
  pains: ['P16'],
  run: (view) => {
    const { target } = view;
    if (target === null || target.from === null || minorsBetween(target.from, target.version) === 0) return [];
    return view.facts.envoyFilters.items.flatMap((filter): Finding[] => {
      const hits = patchesFor(filter, view).flatMap(([at, { operation, matchNames }]) =>
        operation === 'INSERT_BEFORE' || operation === 'INSERT_AFTER'
          ? matchNames.filter((name) => istioOwn.test(name)).map((name) => [at, name] as const)
          : [],
      );
      const [first] = hits;
      if (first === undefined) return [];
      const moved = crosses(view, '1.20');
      return [
        {
          severity: moved ? 'warns' : 'informs',
          ...{ object: filterObject(filter), field: pathOf(first[0], 'match.listener'), value: first[1] },
          message: `It is placed beside ${listed([...new Set(hits.map(([, name]) => name))])}.`,
          why: moved
            ? 'Proxies since 1.20 have these filters at other places.'
            : 'Where Istio puts its own filters may change with any minor.',
          remedy: `Compare istioctl proxy-config listeners POD -o json of a proxy of ${target.version} with one of ${target.from}; anchor EnvoyFilter ${filter.meta.namespace}/${filter.meta.name} at envoy.filters.http.router instead`,
        },
      ];
    });
  },
};

const made = /^envoy\.filters\.(network\.(http_connection_manager|tcp_proxy)|http\.router)$/;
const wholes: ReadonlySet<string> = new Set([
  'NETWORK_FILTER',
  'HTTP_FILTER',
  'CLUSTER',
  'LISTENER',
  'ROUTE_CONFIGURATION',
]);

/** A copy of the past. */
export const nothingIsReplaced: Check = {
  id: 'ML-E006',
  title: 'no EnvoyFilter replaces what Istio makes',
  looksAt: 'Patches with operation REPLACE or REMOVE of a main filter (connection manager, tcp_proxy, router).',
  why: 'A replaced filter is a copy of what Istio made when the patch was written: settings that the new version relies on are missing in it, and whole listeners stop working.',
  remedy: 'Use MERGE with only the fields that are meant.',
  source: 'istio.io docs/reference/config/networking/envoy-filter (Patch.Operation); istio/istio issue 32752',
  severities: ['warns'],
  needs: ['envoyFilters', 'target'],
  pains: ['P16'],
  run: (view) => {
    const { target } = view;
    if (target === null || target.from === null || minorsBetween(target.from, target.version) === 0) return [];
    return view.facts.envoyFilters.items.flatMap((filter): Finding[] => {
      const hits = patchesFor(filter, view).filter(
        ([, { applyTo, operation, matchNames }]) =>
          wholes.has(applyTo) &&
          (operation === 'REPLACE' || operation === 'REMOVE') &&
          made.test(matchNames.at(-1) ?? ''),
      );
      const [first] = hits;
      if (first === undefined) return [];
      return [
        {
          ...{ severity: 'warns', object: filterObject(filter), field: pathOf(first[0], 'patch.operation') },
          value: first[1].operation,
          message: `${plural(hits.length, 'patch', 'patches')} of it ${first[1].operation === 'REMOVE' ? 'remove' : 'replace'} ${first[1].matchNames.at(-1) ?? ''}.`,
          why: `What Istio ${target.version} puts there is lost on every proxy that it touches.`,
          remedy: `Turn REPLACE into MERGE in EnvoyFilter ${filter.meta.namespace}/${filter.meta.name}. ${safest}`,
        },
      ];
    });
  },
};

const generated = /^(tcp-)?(stats|stackdriver|metadata-exchange)-filter-\d+\.\d+/;

/** What an older Istio left. */
export const noGeneratedFilters: Check = {
  id: 'ML-E007',
  title: 'no EnvoyFilter is left that an older Istio made for its own telemetry',
  looksAt:
    'Names stats-filter-…, tcp-stats-filter-…, stackdriver-filter-… and metadata-exchange-…, and the revision in their labels.',
  why: 'Istio made one set for every minor until 1.20. Left behind, they still patch proxies whose version they match, with filters that are gone, or count everything twice.',
  remedy: 'Delete those whose proxyVersion no running proxy matches.',
  source: 'releasenotes/notes/drop-telemetry-envoyfilter.yaml in istio/istio; istio/istio issue 44328',
  severities: ['warns'],
  needs: ['envoyFilters', 'target'],
  pains: ['P16', 'P64'],
  run: (view) => {
    if ((minorsBetween('1.21', view.target?.version ?? '') ?? -1) < 0) return [];
    return view.facts.envoyFilters.items
      .filter(({ meta }) => generated.test(meta.name))
      .map((filter): Finding => ({
        ...{ severity: 'warns', object: filterObject(filter), field: 'metadata.name', value: filter.meta.name },
        message: 'Istio itself made it for telemetry, and makes none since 1.21.',
        why: 'Nothing updates it any more; a proxy that it matches gets filters that it may not have.',
        remedy: `kubectl -n ${filter.meta.namespace} delete envoyfilter ${filter.meta.name} once no proxy matches ${filter.patches[0]?.proxyVersion || 'it'}`,
      }));
  },
};
