/** Changes of 1.18 to 1.20. */
import * as m from './matchers.ts';

const { resource } = m;
const legacyFilter =
  '^envoy\\.(http_connection_manager|tcp_proxy|router|lua|ext_authz|rate_limit|cors|fault|grpc_web|grpc_http1_bridge|' +
  'grpc_json_transcoder|gzip|health_check|buffer|csrf|squash|echo|redis_proxy|mongo_proxy|client_ssl_auth|ip_tagging|listener\\..+)$';

const typeOfV2 = '^(type\\.googleapis\\.com/)?envoy\\.(api\\.v2|([a-z_]+\\.)+v2(alpha\\d*|beta\\d*)?)\\.';
/** Filters of Istio's own, by their names in a match. */
const ownFilter = '^istio[._]|(^|\\.)(stats|rbac|authz|authn|jwt_authn|metadata_exchange|mx|wasm|alpn)$';

/** Oldest first. */
export const from118 = m.changes([
  {
    id: 'managed-gateways-rendered-whole',
    since: ['1.18.0'],
    title: 'istiod renders the whole Deployment of a Gateway API Gateway',
    effect:
      'Managed gateways roll at every change of their revision; before 1.16.5 and 1.17.3 two istiods fight over them.',
    affected: 'Gateways of class istio without a host name in spec.addresses',
    severity: 'high',
    detect: m.detector('managed-gateways'),
    remedy: 'Bring the old control plane to 1.16.5 or 1.17.3 at least, and expect every managed gateway to roll.',
    source: m.notes('gateway-api118'),
  },
  {
    id: 'gateway-concurrency-from-cpu-limit',
    since: ['1.18.0'],
    title: 'Gateways take their number of worker threads from the CPU limit',
    effect: 'A gateway with a CPU limit and no concurrency runs with fewer threads.',
    affected: 'gateway pods with a CPU limit that set no concurrency',
    severity: 'medium',
    detect: m.template(
      '',
      m.matches('metadata.annotations[inject.istio.io/templates]', '(^|,)gateway(,|$)'),
      m.exists('spec.containers[].resources.limits.cpu'),
      m.absent('metadata.annotations[proxy.istio.io/config]'),
    ),
    remedy: 'Set concurrency in the annotation proxy.istio.io/config of the gateway.',
    revert: m.byProxy('proxy.istio.io/config: concurrency'),
    source: m.notes('fix-concurrency'),
  },
  {
    id: 'gateway-api-alpha-kinds-off',
    since: ['1.18.0'],
    title: 'Alpha kinds of the Gateway API are ignored',
    effect: 'Routes of alpha kinds stop working; the CRDs must be of Gateway API 0.6 or newer.',
    affected: 'TCPRoutes and TLSRoutes',
    severity: 'high',
    detect: m.any(m.anyObject(resource.tcpRoutes), m.anyObject(resource.tlsRoutes)),
    remedy:
      'Install the CRDs of Gateway API 0.6 or newer, and set PILOT_ENABLE_ALPHA_GATEWAY_API=true while alpha kinds are needed.',
    revert: m.byEnv('PILOT_ENABLE_ALPHA_GATEWAY_API=true'),
    source: m.notes('drop-gateway-alpha', 'gateway-rg-beta'),
  },
  {
    id: 'mesh-config-certificates-ignored',
    since: ['1.18.0'],
    title: 'certificates of the mesh config is ignored',
    effect: 'istiod no longer makes DNS certificates (Chiron) for what is listed there.',
    affected: 'meshes whose mesh config has certificates',
    severity: 'medium',
    detect: m.meshConfig('', m.exists('certificates')),
    remedy: 'Let cert-manager or another issuer make these certificates before the upgrade.',
    source: m.notes('chiron'),
  },
  {
    id: 'envoyfilter-legacy-names-rejected',
    since: ['1.19.0'],
    title: 'EnvoyFilters with old filter names, xDS v2 types or without typed_config are rejected',
    effect:
      'Proxies reject the listeners that such a patch touches: a running one keeps its old ones, a new one never gets ready.',
    affected: 'EnvoyFilters with names like envoy.router, types of envoy.api.v2, or filters without typed_config',
    severity: 'high',
    detect: m.any(
      // A filter may be called anything; only what is looked for by such a name is not found any more.
      m.field(resource.envoyFilters, 'spec.configPatches[]', m.matches('match.**', legacyFilter)),
      m.field(resource.envoyFilters, 'spec.configPatches[].patch.value.**', m.matches('', typeOfV2)),
      m.field(
        resource.envoyFilters,
        'spec.configPatches[]',
        m.oneOf('applyTo', 'HTTP_FILTER', 'NETWORK_FILTER', 'LISTENER_FILTER'),
        m.matches('patch.operation', '^(ADD|INSERT|REPLACE)'),
        m.absent('patch.value.typed_config'),
        m.absent('patch.value.typedConfig'),
        m.absent('patch.value.config_discovery'),
      ),
    ),
    remedy: 'Write canonical filter names and typed_config with an @type of v3.',
    source: m.notes('deprecated-envoy-filter', 'drop-xds-v2', 'no_extension_lookup_by_name'),
  },
  {
    id: 'service-parent-needs-group',
    since: ['1.19.0'],
    title: 'A route with a Service as parent must say group: ""',
    effect: 'The route is no longer bound to the Service.',
    affected: 'HTTPRoutes with a parentRef of kind Service and another group, or none',
    severity: 'high',
    detect: m.field(resource.httpRoutes, 'spec.parentRefs[]', m.equals('kind', 'Service'), m.differs('group', '')),
    remedy: 'Write group: "" in these parentRefs.',
    source: m.notes('2309-gateway-api'),
  },
  {
    id: 'base-chart-drops-duplicate-rbac',
    since: ['1.19.0'],
    title: 'The base chart drops its duplicate ServiceAccount and roles',
    effect: 'What still uses them loses its rights, an older istiod included.',
    affected: 'cloud identities, policies or an older istiod bound to istiod-service-account or istiod-NAMESPACE',
    severity: 'medium',
    detect: m.detector('legacy-base-rbac-in-use'),
    remedy: 'Bind them to the ServiceAccount of the istiod chart before the base chart is upgraded.',
    source: m.notes('manifest-base-cleanup'),
  },
  {
    id: 'sidecar-startup-probe',
    since: ['1.20.0'],
    title: 'Sidecars have a startup probe',
    effect: 'A sidecar that never gets ready is killed after 10 minutes instead of staying.',
    affected: 'sidecars that wait long for their configuration',
    severity: 'low',
    detect: m.manual('How long a sidecar needs to get ready shows only while it starts.'),
    remedy: 'Look at how long proxies take to get ready, or turn the probe off.',
    revert: m.byValue('global.proxy.startupProbe.enabled=false'),
    source: m.notes('startupProbe'),
  },
  {
    id: 'filter-order-changed',
    since: ['1.20.0'],
    title: 'Order of filters in the chain changed',
    effect: 'An EnvoyFilter that is placed before or after one of Istio’s filters runs at another place.',
    affected: 'EnvoyFilters that insert beside filters of statistics, authorization, authentication or peer metadata',
    severity: 'medium',
    detect: m.field(
      resource.envoyFilters,
      'spec.configPatches[]',
      m.oneOf('patch.operation', 'INSERT_BEFORE', 'INSERT_AFTER'),
      m.matches('match.**', ownFilter),
    ),
    remedy: 'Compare the filter chain of a proxy on the new version with the one on the old before moving workloads.',
    source: m.notes('filter-order'),
  },
]);
