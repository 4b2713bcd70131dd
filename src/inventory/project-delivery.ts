/** Objects of Argo CD and Flux: what they deploy, and whether they would undo what somebody else writes. */
import type { KubeObject } from '../kube/api.ts';
import type { DeliveryFact } from '../mesh/facts.ts';
import { isRecord, list, record, records, text, texts, type Json } from './json.ts';
import { meta, spec, status, type Projection } from './project-meta.ts';
import { bareUrl } from './rules.ts';

type Rest = Omit<DeliveryFact, 'kind' | 'meta'>;

/** An Application, HelmRelease or Kustomization. */
export function delivery(object: KubeObject, projection: Projection): DeliveryFact {
  const own = projection.kind === 'Application' ? application(object) : flux(object, projection.kind);
  return { kind: projection.kind, meta: meta(object, projection), ...own };
}

function application(object: KubeObject): Rest {
  const wanted = spec(object);
  const sources = [wanted['source'], ...list(wanted['sources'])].filter(isRecord);
  const policy = record(wanted['syncPolicy']);
  const automated = policy['automated'];
  const options = texts(policy['syncOptions']);
  const state = status(object);
  return {
    charts: sources
      .filter((one) => text(one['chart']) !== '')
      .map((one) => `${text(one['chart'])} ${text(one['targetRevision'])}`.trim()),
    urls: urls(sources.map((one) => one['repoURL'])),
    release: sources.map((one) => text(record(one['helm'])['releaseName'])).find((name) => name !== '') ?? '',
    targetNamespace: text(record(wanted['destination'])['namespace']),
    suspended: false,
    automated: isRecord(automated) && automated['enabled'] !== false,
    selfHeal: record(automated)['selfHeal'] === true,
    prune: record(automated)['prune'] === true,
    serverSideApply: options.includes('ServerSideApply=true'),
    ignoresWebhookFields: records(wanted['ignoreDifferences']).some((one) =>
      text(one['kind']).endsWith('WebhookConfiguration'),
    ),
    dependsOn: [],
    state: [record(state['sync'])['status'], record(state['health'])['status']].map(text).filter(Boolean).join(', '),
  };
}

function flux(object: KubeObject, kind: string): Rest {
  const wanted = spec(object);
  const suspended = wanted['suspend'] === true;
  const helm = kind === 'HelmRelease';
  const chart = record(record(wanted['chart'])['spec']);
  const drift = record(wanted['driftDetection']);
  return {
    charts: text(chart['chart']) === '' ? [] : [`${text(chart['chart'])} ${text(chart['version'])}`.trim()],
    urls: urls([chartSource(chart)]),
    release: helm ? text(wanted['releaseName']) || object.metadata.name : '',
    targetNamespace: text(wanted['targetNamespace']),
    suspended,
    automated: !suspended,
    selfHeal: !suspended && (!helm || drift['mode'] === 'enabled'),
    prune: wanted['prune'] === true,
    serverSideApply: !helm,
    ignoresWebhookFields: list(drift['ignore']).length > 0,
    dependsOn: records(wanted['dependsOn']).map((one) => text(one['name'])),
    state: text(records(status(object)['conditions']).find((one) => one['type'] === 'Ready')?.['reason']),
  };
}

// A source is named, not written out: 'HelmRepository/istio'.
function chartSource(chart: Json): string {
  const source = record(chart['sourceRef']);
  return text(source['name']) === '' ? '' : `${text(source['kind'])}/${text(source['name'])}`;
}

function urls(values: readonly unknown[]): string[] {
  return values.map((value) => text(bareUrl(text(value)))).filter((url) => url !== '');
}
