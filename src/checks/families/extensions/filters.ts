/** EnvoyFilters: raw configuration of Envoy, which no release of Istio promises to keep. */
import { minorsBetween } from '../../../knowledge/versions.ts';
import type { EnvoyFilterFact, EnvoyPatchFact } from '../../../mesh/facts.ts';
import type { Check, Finding, Unseen } from '../../check.ts';
import { listed } from '../data-plane/words.ts';
import { appliesTo, crosses, filterObject, patchesFor, pathOf, safest } from './patches.ts';

/** Scoped to the old version only. */
export const patchesReachTarget: Check = {
  id: 'ML-E001',
  title: 'every patch that proxies have now is applied to proxies of the target too',
  looksAt: 'match.proxy.proxyVersion of every patch of EnvoyFilters, against the version that runs and the target.',
  why: 'A patch that is limited to the old version is silently left out for renewed proxies: authentication, rate limits or proxy protocol are gone on them, and on them only.',
  remedy: 'Add a copy of the patch for the new version before the upgrade, and drop the old one after it.',
  source: 'istio.io docs/reference/config/networking/envoy-filter (ProxyMatch); istio/istio issue 49764',
  severities: ['warns'],
  needs: ['envoyFilters', 'target'],
  pains: ['P16'],
  run: (view) => {
    const { target, facts } = view;
    const { from, version } = target ?? { from: null, version: '' };
    if (from === null) return [];
    return facts.envoyFilters.items.flatMap((filter): (Finding | Unseen)[] => {
      const { patches, meta } = filter;
      const broken = patches.find((patch) => appliesTo(patch, from) === null);
      if (broken !== undefined) {
        return [
          { object: filterObject(filter), unseen: `proxyVersion "${broken.proxyVersion}" is no regular expression.` },
        ];
      }
      const siblings = facts.envoyFilters.items
        .filter((one) => one.meta.namespace === meta.namespace)
        .flatMap((one) => one.patches);
      const lost = patches.findIndex(
        (patch) =>
          appliesTo(patch, from) === true &&
          appliesTo(patch, version) === false &&
          !siblings.some((other) => isCopy(patch, other) && appliesTo(other, version) === true),
      );
      if (lost < 0) return [];
      const value = patches[lost]?.proxyVersion ?? '';
      return [
        {
          ...{
            severity: 'warns',
            object: filterObject(filter),
            field: pathOf(lost, 'match.proxy.proxyVersion'),
            value,
          },
          message: `Its patch of ${patches[lost]?.applyTo ?? ''} is for proxies that match ${value}: those of ${version} do not.`,
          why: 'Renewed proxies work without it; old and new ones behave differently.',
          remedy: `Add a copy of the patch with proxyVersion '^${version.split('.').slice(0, 2).join('\\.')}\\.' to EnvoyFilter ${meta.namespace}/${meta.name}. ${safest}`,
        },
      ];
    });
  },
};

// A copy for another version does the same at the same place. One for all versions is applied beside both of them.
function isCopy(one: EnvoyPatchFact, other: EnvoyPatchFact): boolean {
  return other.proxyVersion !== '' && one !== other && one.applyTo === other.applyTo && one.context === other.context;
}

const filterKinds: ReadonlySet<string> = new Set(['HTTP_FILTER', 'NETWORK_FILTER', 'LISTENER_FILTER']);

function isUntyped({ applyTo, operation, typed }: EnvoyPatchFact): boolean {
  return filterKinds.has(applyTo) && /^(ADD|INSERT|REPLACE)/.test(operation) && !typed;
}

// config_discovery takes the type from elsewhere; the spec shows that it is there.
function discovers({ spec }: EnvoyFilterFact, at: number): boolean {
  const patches = spec['configPatches'];
  const patch: unknown = Array.isArray(patches) ? patches[at] : undefined;
  return JSON.stringify(patch ?? '').includes('"config_discovery"');
}

/** A filter that Envoy looked up by its name. */
export const filtersAreTyped: Check = {
  id: 'ML-E002',
  title: 'every filter that an EnvoyFilter adds has a typed_config',
  looksAt: 'patch.value of patches that add or replace HTTP, network or listener filters.',
  why: 'From 1.19 on Envoy finds a filter by its type only. A listener with such a filter is rejected (Didn’t find a registered implementation): running proxies keep the old one, renewed ones never get ready.',
  remedy: 'Add typed_config with the @type of the filter.',
  source: 'releasenotes/notes/no_extension_lookup_by_name.yaml in istio/istio; istio/istio issues 49764, 49836',
  severities: ['blocks', 'warns'],
  needs: ['envoyFilters', 'target'],
  pains: ['P16', 'P03'],
  run: (view) =>
    view.facts.envoyFilters.items.flatMap((filter): Finding[] => {
      const hit = patchesFor(filter, view).find(([at, patch]) => isUntyped(patch) && !discovers(filter, at));
      if (hit === undefined) return [];
      const [at, { name, applyTo }] = hit;
      return [
        {
          severity: crosses(view, '1.19') ? 'blocks' : 'warns',
          ...{ object: filterObject(filter), field: pathOf(at, 'patch.value.typed_config'), value: '' },
          message: `It adds ${name === '' ? applyTo : name} without typed_config.`,
          why: crosses(view, '1.19')
            ? 'Proxies of the target reject the listener: its ports are dead on every renewed proxy.'
            : 'Proxies reject the listener already, or the filter does nothing; a renewed one may not get ready.',
          remedy: `Give it typed_config with "@type" in EnvoyFilter ${filter.meta.namespace}/${filter.meta.name}. ${safest}`,
        },
      ];
    }),
};

const legacyName =
  /^envoy\.(http_connection_manager|tcp_proxy|router|lua|ext_authz|rate_limit|cors|fault|grpc_web|grpc_http1_bridge|grpc_json_transcoder|gzip|health_check|buffer|csrf|squash|echo|redis_proxy|mongo_proxy|client_ssl_auth|ip_tagging|listener\..+)$/;

/** Found by a name that nobody has any more. */
export const matchedNamesExist: Check = {
  id: 'ML-E003',
  title: 'no EnvoyFilter looks for a filter by a name of old',
  looksAt: 'Names in match of patches: listenerFilter, filter.name, subFilter.name.',
  why: 'Until 1.18 Istio translated names like envoy.http_connection_manager. Since then such a match finds nothing: the patch is left out without a word.',
  remedy: 'Use the canonical name, for example envoy.filters.network.http_connection_manager.',
  source: 'releasenotes/notes/deprecated-envoy-filter.yaml in istio/istio; istio/istio issue 24266',
  severities: ['blocks', 'warns'],
  needs: ['envoyFilters', 'target'],
  pains: ['P16'],
  run: (view) =>
    view.facts.envoyFilters.items.flatMap((filter): Finding[] => {
      const hits = patchesFor(filter, view).flatMap(([at, { matchNames }]) =>
        matchNames.filter((name) => legacyName.test(name)).map((name) => [at, name] as const),
      );
      const [first] = hits;
      if (first === undefined) return [];
      return [
        {
          severity: crosses(view, '1.19') ? 'blocks' : 'warns',
          ...{ object: filterObject(filter), field: pathOf(first[0], 'match.listener'), value: first[1] },
          message: `It looks for ${listed([...new Set(hits.map(([, name]) => name))])}, a name that no proxy has any more.`,
          why: crosses(view, '1.19')
            ? 'What it does now it does not do on proxies of the target.'
            : 'The patch does nothing; whoever relies on it does so in vain.',
          remedy: `Write the canonical name (istioctl proxy-config listeners POD -o json shows it) into EnvoyFilter ${filter.meta.namespace}/${filter.meta.name}`,
        },
      ];
    }),
};

/** Types of Envoy that are gone, with the first minor of Istio without them. */
const goneTypes: readonly (readonly [pattern: RegExp, since: string, what: string])[] = [
  [/^envoy\.(api\.v2|([a-z_]+\.)+v2(alpha\d*|beta\d*)?)\./, '1.19', 'of xDS v2'],
  [/^envoy\.config\.trace\.v3\.OpenCensusConfig$/, '1.25', 'of the OpenCensus tracer'],
  [/^envoy\.config\.trace\.v3\.LightstepConfig$/, '1.27', 'of the Lightstep tracer'],
];

/** Types that proxies of the target lack. */
export const typesExist: Check = {
  id: 'ML-E004',
  title: 'every type that EnvoyFilters use exists in proxies of the target',
  looksAt: 'Every @type in patch.value, against the types that Envoy dropped: xDS v2, OpenCensus, Lightstep.',
  why: 'A proxy rejects the whole listener or cluster in which it meets a type that it does not know; one that restarts never gets ready.',
  remedy: 'Write the type of v3, or use Istio’s own API for it.',
  source: 'releasenotes/notes/drop-xds-v2.yaml, opencensus-removal.yaml and 54002.yaml in istio/istio',
  severities: ['blocks', 'warns'],
  needs: ['envoyFilters', 'target'],
  pains: ['P16', 'P03'],
  run: (view) => {
    const version = view.target?.version ?? '';
    const gone = goneTypes.filter(([, since]) => (minorsBetween(since, version) ?? -1) >= 0);
    return view.facts.envoyFilters.items.flatMap((filter): Finding[] => {
      const hits = patchesFor(filter, view).flatMap(([at, { types }]) =>
        types.flatMap((type) =>
          gone.filter(([pattern]) => pattern.test(type)).map(([, since, what]) => ({ at, type, since, what })),
        ),
      );
      const [first] = hits;
      if (first === undefined) return [];
      const arrives = hits.some(({ since }) => crosses(view, since));
      return [
        {
          severity: arrives ? 'blocks' : 'warns',
          ...{ object: filterObject(filter), field: pathOf(first.at, 'patch.value'), value: first.type },
          message: `It uses ${first.type}, ${first.what}, which proxies since ${first.since} do not have.`,
          why: arrives
            ? 'Proxies of the target reject what it touches, and renewed ones never get ready.'
            : 'Proxies reject what it touches already: they run on an older configuration until they restart.',
          remedy: `Replace the type in EnvoyFilter ${filter.meta.namespace}/${filter.meta.name}, or delete it: kubectl -n ${filter.meta.namespace} delete envoyfilter ${filter.meta.name}. ${safest}`,
        },
      ];
    });
  },
};
