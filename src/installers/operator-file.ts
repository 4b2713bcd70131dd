/** The IstioOperator that istioctl is given: the user's, for another revision. Pure. */
import { parse } from 'yaml';
import { InvalidInput } from '../errors.ts';
import { isRecord, record, records, text, type Json } from '../inventory/json.ts';

/** How IstioOperator objects say what they are (operator API, istioctl install -f). */
const head = { apiVersion: 'install.istio.io/v1alpha1', kind: 'IstioOperator' };

const profileGateways = { ingressGateways: 'istio-ingressgateway', egressGateways: 'istio-egressgateway' } as const;

/** Reads the user's file. @throws InvalidInput when it is none */
export function readOperator(content: string, file: string): Json {
  const remedy = 'Give the file that the control plane was installed with as `istioOperator` in the policy.';
  try {
    const document: unknown = parse(content);
    if (isRecord(document) && document['kind'] === head.kind) return document;
  } catch (error) {
    throw new InvalidInput(`File ${file} is no YAML: ${String(error)}`, {
      object: `file ${file}`,
      cause: error,
      remedy,
    });
  }
  throw new InvalidInput(`File ${file} holds no ${head.kind}.`, { object: `file ${file}`, remedy });
}

/** An operator for Helm values, as ConfigMap values-REVISION keeps them (key original-values, Istio 1.26 and later). */
export function operatorOf(values: Json): Json {
  return { ...head, spec: { profile: 'minimal', values } };
}

/**
 * The same for a new revision. Gateways of the profile are switched off: their Deployments carry no revision in their name, so
 * an installation of a second control plane would move the only ingress gateway to it at once. Image pins follow the version.
 */
export function operatorFor(operator: Json, revision: string, version: string): Json {
  const spec = record(operator['spec']);
  const components = record(spec['components']);
  const off = Object.entries(profileGateways).map(([kind, name]) => {
    const names = [name, ...records(components[kind]).map((one) => text(one['name']))];
    return [
      kind,
      [...new Set(names)].filter((one) => one !== '').map((one) => ({ name: one, enabled: false })),
    ] as const;
  });
  const named = revision === 'default' ? {} : { revision };
  return {
    ...operator,
    metadata: {
      ...record(operator['metadata']),
      name: `installed-by-meshlift${revision === 'default' ? '' : `-${revision}`}`,
    },
    spec: {
      ...pinned(without(spec, 'revision'), version),
      ...named,
      components: { ...components, ...Object.fromEntries(off) },
    },
  };
}

const versionPattern = /\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?/;

function pinned(spec: Json, version: string): Json {
  const renew = (value: unknown): unknown =>
    typeof value === 'string' ? value.replace(versionPattern, version) : value;
  const values = record(spec['values']);
  const global = record(values['global']);
  const inGlobal =
    global['tag'] === undefined ? values : { ...values, global: { ...global, tag: renew(global['tag']) } };
  const kept = without(inGlobal, 'revision', 'revisionTags');
  return {
    ...spec,
    ...(spec['tag'] !== undefined && { tag: renew(spec['tag']) }),
    ...(spec['values'] !== undefined && { values: kept }),
  };
}

function without(object: Json, ...keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
