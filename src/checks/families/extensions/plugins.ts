/** WasmPlugins and Telemetry. */
import { minorsBetween } from '../../../knowledge/versions.ts';
import type { TelemetryFact, WasmPluginFact } from '../../../mesh/facts.ts';
import type { Check, CheckView, Finding, FoundObject, Unseen } from '../../check.ts';
import { listed } from '../data-plane/words.ts';
import { crosses } from './patches.ts';

function pluginObject({ meta }: WasmPluginFact): FoundObject {
  return { kind: 'WasmPlugin', namespace: meta.namespace, name: meta.name };
}

function telemetryObject({ meta }: TelemetryFact): FoundObject {
  return { kind: 'Telemetry', namespace: meta.namespace, name: meta.name };
}

// Without a scheme it is an OCI image (WasmPlugin.url).
function isImage(url: string): boolean {
  return url.startsWith('oci://') || !/^[a-z]+:\/\//.test(url);
}

function tagOf(url: string): string {
  const last = url.slice(url.lastIndexOf('/') + 1);
  return last.includes('@') ? 'digest' : (last.split(':')[1] ?? 'latest');
}

/** Another module after the restart. */
export const wasmIsPinned: Check = {
  id: 'ML-E008',
  title: 'every renewed proxy loads the Wasm module that runs now',
  looksAt: 'spec.url and failStrategy of WasmPlugins.',
  why: 'A proxy that is renewed fetches the module again. A tag like latest may be another module by then, built for another ABI; and with FAIL_CLOSE, the default, a module that can’t be fetched or loaded makes the proxy refuse every request.',
  remedy: 'Name the module by digest, from a registry that every node reaches.',
  source: 'istio.io docs/reference/config/proxy_extensions/wasm-plugin',
  severities: ['warns', 'informs'],
  needs: ['wasmPlugins'],
  pains: ['P16'],
  run: ({ facts }) =>
    facts.wasmPlugins.items.flatMap((plugin): Finding[] => {
      const { url, failStrategy, meta } = plugin;
      if (url === '' || url.startsWith('file://') || tagOf(url) === 'digest') return [];
      const moves = isImage(url) && tagOf(url) === 'latest';
      const closed = failStrategy === '' || failStrategy === 'FAIL_CLOSE';
      if (!moves && !closed) return [];
      const place = { object: pluginObject(plugin), field: 'spec.url', value: url } as const;
      if (!moves) {
        return [
          {
            ...{ severity: 'informs', ...place },
            message: `Every renewed proxy fetches ${url} again, and fails closed without it.`,
            why: 'When the source can’t be reached at that moment, the proxy refuses all requests of this plugin.',
            remedy: `See that every node reaches it, or set failStrategy: FAIL_OPEN on WasmPlugin ${meta.namespace}/${meta.name} for the upgrade; name it by digest: ${url}@sha256:…`,
          },
        ];
      }
      return [
        {
          ...{ severity: 'warns', ...place },
          message: `It loads ${url}, a tag that moves.`,
          why: `Proxies that are renewed may get another module than those that run${closed ? ', and refuse every request when it does not load' : ''}.`,
          remedy: `Set spec.url of WasmPlugin ${meta.namespace}/${meta.name} to the digest that runs now: ${url.replace(/:latest$/, '')}@sha256:…`,
        },
      ];
    }),
};

const oldAttribute = /wasm\.(up|down)stream_peer|(^|[^.\w])node\.(id|metadata|cluster)/;

/** Expressions that give nothing. */
export const expressionsAreNew: Check = {
  id: 'ML-E009',
  title: 'expressions of Telemetry use names that proxies of the target know',
  looksAt: 'CEL of access log filters and tag overrides, against the vocabulary that 1.24 changed.',
  why: 'wasm.upstream_peer, wasm.downstream_peer and node gave way to upstream_peer, downstream_peer and xds.node: an old expression gives nothing, so that logs stop and tags are empty, without an error.',
  remedy: 'Write the new names in a copy for the new version before proxies are moved.',
  source: 'releasenotes/notes/telemetry-cel.yaml in istio/istio',
  severities: ['warns'],
  needs: ['telemetries', 'target'],
  pains: ['P47'],
  run: (view) => {
    if ((minorsBetween('1.24', view.target?.version ?? '') ?? -1) < 0) return [];
    return view.facts.telemetries.items.flatMap((telemetry): Finding[] => {
      const expression = telemetry.expressions.find((one) => oldAttribute.test(one));
      if (expression === undefined) return [];
      return [
        {
          ...{ severity: 'warns', object: telemetryObject(telemetry), field: 'spec', value: expression },
          message: `Its expression ${expression} uses names from before 1.24.`,
          why: crosses(view, '1.24')
            ? 'On renewed proxies it gives nothing: logs or tags go missing during the upgrade.'
            : 'It gives nothing already: logs or tags that it should make are missing.',
          remedy: `In Telemetry ${telemetry.meta.namespace}/${telemetry.meta.name} write upstream_peer, downstream_peer, xds.node instead of wasm.upstream_peer, wasm.downstream_peer, node`,
        },
      ];
    });
  },
};

// Defined by istiod itself (pkg/config/mesh, DefaultMeshConfig).
const builtIn: ReadonlySet<string> = new Set(['prometheus', 'stackdriver', 'envoy']);

function providersIn(config: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const list = config['extensionProviders'];
  const names: readonly unknown[] = Array.isArray(list) ? list.map((one: unknown) => nameOf(one)) : [];
  return new Set(names.filter((name) => typeof name === 'string'));
}

function nameOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined;
}

/** A provider that one of the control planes does not have. */
export const providersExist: Check = {
  id: 'ML-E010',
  title: 'every provider that Telemetry names is defined in every control plane',
  looksAt: 'providers of Telemetry objects, against extensionProviders in the mesh config of every revision that runs.',
  why: 'A new revision that was installed without the mesh config of the old one ignores such a provider: traces and logs of every moved proxy stop, and with an ext-authz provider of the same list requests are refused.',
  remedy: 'Give the new revision the extensionProviders of the old one.',
  source: 'istio.io docs/reference/config/telemetry; istio/istio issues 23443, 25535',
  severities: ['warns'],
  needs: ['telemetries', 'configMaps', 'deployments'],
  pains: ['P43', 'P47'],
  run: (view) =>
    view.mesh.controlPlanes.filter(({ replicas }) => replicas > 0).flatMap((plane) => missingProviders(plane, view)),
};

function missingProviders(
  { meshConfig, revision, namespace }: CheckView['mesh']['controlPlanes'][number],
  { facts }: CheckView,
): readonly (Finding | Unseen)[] {
  const config: FoundObject = {
    kind: 'ConfigMap',
    namespace,
    name: revision === 'default' ? 'istio' : `istio-${revision}`,
  };
  const wanted = facts.telemetries.items.filter(({ providers }) => providers.some((name) => !builtIn.has(name)));
  if (wanted.length === 0) return [];
  if (meshConfig === null) return [{ object: config, unseen: 'Its mesh config could not be read.' }];
  const defined = providersIn(meshConfig);
  return wanted.flatMap((telemetry): Finding[] => {
    const missing = telemetry.providers.filter((name) => !builtIn.has(name) && !defined.has(name));
    if (missing.length === 0) return [];
    return [
      {
        ...{ severity: 'warns', object: telemetryObject(telemetry), field: 'spec', value: missing.join(', ') },
        message: `It names ${listed(missing)}, which revision ${revision} does not define.`,
        why: `Proxies of ${revision} send it nothing.`,
        remedy: `Add ${missing.join(', ')} to meshConfig.extensionProviders in the values of revision ${revision} (ConfigMap ${namespace}/${config.name})`,
      },
    ];
  });
}
