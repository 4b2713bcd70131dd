/** Helm values that Istio keeps in ConfigMaps: only known paths, as they decide on images, templates and defaults. */
import type { Labels } from '../mesh/facts.ts';
import { isRecord, list, record, text, type Json } from './json.ts';
import { parseObject } from './mesh-config.ts';

/** Dotted paths that are kept when they hold a scalar, or a list of words. */
const known: ReadonlySet<string> = new Set([
  'compatibilityVersion',
  'profile',
  'revision',
  'defaultRevision',
  'base.enableCRDTemplates',
  'base.validationFailurePolicy',
  'autoscaleEnabled',
  'autoscaleMin',
  'autoscaleMax',
  'replicaCount',
  'hub',
  'tag',
  'variant',
  'cni.enabled',
  'cni.provider',
  'gateways.seccompProfile.type',
  'global.configCluster',
  'global.hub',
  'global.tag',
  'global.variant',
  'global.imagePullPolicy',
  'global.imagePullSecrets',
  'global.istioNamespace',
  'global.jwtPolicy',
  'global.meshID',
  'global.multiCluster.clusterName',
  'global.multiCluster.enabled',
  'global.nativeNftables',
  'global.network',
  'global.pilotCertProvider',
  'global.platform',
  'global.proxy.image',
  'global.proxy.startupProbe.enabled',
  'global.proxy_init.image',
  'global.remotePilotAddress',
  'global.externalIstiod',
  'global.networkPolicy.enabled',
  'istio_cni.enabled',
  'pilot.cni.enabled',
  'pilot.hub',
  'pilot.tag',
  'pilot.autoscaleMin',
  'pilot.replicaCount',
  'revisionTags',
  'sidecarInjectorWebhook.enableNamespacesByDefault',
  'sidecarInjectorWebhook.rewriteAppHTTPProbe',
  'revisionLabelPreference',
  'sidecarInjectorWebhook.revisionLabelPreference',
]);
// Names, versions, image references and addresses; no '@' nor '?', so neither credentials of a URL nor its query fit.
const shown = /^[\w.,:/-]{0,200}$/;

/** Values of a YAML or JSON text by dotted path; a list is joined with ','. Empty when it can't be read. */
export function knownValues(source: string): Labels {
  const values = parseObject(source);
  if (values === null) return {};
  const entries = [...flat(values, '')].filter(([path, value]) => known.has(path) && shown.test(value));
  return Object.fromEntries(entries);
}

function* flat(values: Json, prefix: string): Generator<[string, string]> {
  for (const [key, value] of Object.entries(values)) {
    const path = `${prefix}${key}`;
    if (isRecord(value)) yield* flat(value, `${path}.`);
    else if (Array.isArray(value)) yield [path, list(value).map(nameOf).join(',')];
    else yield [path, text(value)];
  }
}

// imagePullSecrets are written as names, or as objects with a name.
function nameOf(entry: unknown): string {
  return isRecord(entry) ? text(record(entry)['name']) : text(entry);
}

/** The values as a snapshot writes them: JSON of the known ones, nested as they were read. */
export function writtenValues(source: string): string {
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(knownValues(source))) {
    const parts = path.split('.');
    const last = parts.pop() ?? '';
    let place = root;
    for (const part of parts) {
      const next = isRecord(place[part]) ? { ...place[part] } : {};
      place[part] = next;
      place = next;
    }
    place[last] = value;
  }
  return JSON.stringify(root);
}
