import { InvalidInput } from '../../../src/errors.ts';
import type { KubeObject } from '../../../src/kube/api.ts';
import { objectsAt, textAt } from '../../store/json.ts';
import { revisioned, revisionLabel } from './control-plane.ts';
import type { IstiodOptions } from './istiod-options.ts';
import { istiodServiceSpec } from './istiod-service.ts';
import { standardLabels, type Labels } from './labels.ts';
import { has } from './version.ts';
import { injectorConfiguration, injectorName, validatorConfiguration, type WebhookService } from './webhooks.ts';

const operatorKey = /^(install\.)?operator\.istio\.io\//;

function without(labels: Labels, pattern: RegExp): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !pattern.test(key)));
}

function tagService(tag: string, namespace: string, labels: Labels & { readonly 'istio.io/rev': string }): KubeObject {
  const selector = { app: 'istiod', 'istio.io/rev': labels['istio.io/rev'] };
  const metadata = {
    name: `istiod-revision-tag-${tag}`,
    namespace,
    labels: { ...labels, app: 'istiod', istio: 'pilot', 'istio.io/tag': tag },
  };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: istiodServiceSpec(selector) };
}

/** A tag of the chart's value `revisionTags`: webhooks and, from 1.28 on, a Service, with the release's labels. */
export function chartTag(tag: string, options: IstiodOptions, labels: Labels): KubeObject[] {
  const { revision, namespace, version } = options;
  const service = { name: revisioned('istiod', revision), namespace };
  const tagged = { ...labels, app: 'sidecar-injector', 'istio.io/tag': tag };
  const revisionOf = { ...labels, 'istio.io/rev': revisionLabel(options) };
  return [
    injectorConfiguration(injectorName('istio-revision-tag', tag, namespace), tagged, tag, service),
    ...(has(version, 'tagService') ? [tagService(tag, namespace, revisionOf)] : []),
  ];
}

/** What `istioctl tag set` is told. */
export interface TagOptions {
  readonly tag: string;
  /** MutatingWebhookConfiguration of the revision that the tag shall name, as it is in the cluster. */
  readonly injector: KubeObject;
  /** Version of istioctl: it renders its own charts. */
  readonly istioctlVersion: string;
  /**
   * Labels of `istioctl install`, which keeps its own on the default tag. Left out: `tag set`, which takes all
   * operator labels off so that nothing prunes the tag.
   */
  readonly installLabels?: Labels;
}

interface Target {
  readonly revision: string;
  readonly service: WebhookService;
  readonly caBundle: string | undefined;
}

function targetOf(injector: KubeObject): Target {
  const config = objectsAt(injector, 'webhooks')[0]?.['clientConfig'];
  const revision = injector.metadata.labels?.['istio.io/rev'];
  const name = textAt(config, 'service', 'name');
  const namespace = textAt(config, 'service', 'namespace');
  if (revision === undefined || name === undefined || namespace === undefined) {
    throw new InvalidInput('a tag needs an injector with label istio.io/rev and a service', {
      object: `MutatingWebhookConfiguration ${injector.metadata.name}`,
      remedy: 'Give the webhook configuration of the revision that the tag shall name.',
    });
  }
  return { revision, service: { name, namespace }, caBundle: textAt(config, 'caBundle') };
}

/** istioctl renders the chart with its built-in number, not with its own version. */
const builtIn: Labels = {
  'app.kubernetes.io/name': 'istiod',
  'app.kubernetes.io/instance': 'istio',
  'app.kubernetes.io/managed-by': 'Helm',
  'app.kubernetes.io/part-of': 'istio',
  'app.kubernetes.io/version': '1.0.0',
  'helm.sh/chart': 'istiod-1.0.0',
};

function withBundle(configuration: KubeObject, caBundle: string | undefined): KubeObject {
  if (caBundle === undefined) return configuration;
  const webhooks = objectsAt(configuration, 'webhooks').map((webhook) => ({
    ...webhook,
    clientConfig: { ...(webhook['clientConfig'] as object), caBundle },
  }));
  return { ...configuration, webhooks };
}

/**
 * What `istioctl tag set` leaves: a MutatingWebhookConfiguration with the labels, annotations and CA bundle of the
 * revision's own, so that it says managed-by=Helm and names a Helm release that does not own it; and from 1.28 on a
 * Service. Measured with istioctl 1.29.6 and 1.30.3. Throws InvalidInput when `injector` is not one of a revision.
 */
export function istioctlTag(options: TagOptions): KubeObject[] {
  const { tag, injector, istioctlVersion, installLabels } = options;
  const { revision, service, caBundle } = targetOf(injector);
  const copied = injector.metadata.labels ?? {};
  const kept = installLabels === undefined ? without(copied, operatorKey) : { ...copied, ...installLabels };
  const name = injectorName('istio-revision-tag', tag, service.namespace);
  const made = injectorConfiguration(name, { ...kept, 'istio.io/tag': tag }, tag, service);
  const annotations = injector.metadata.annotations;
  const configuration =
    annotations === undefined ? made : { ...made, metadata: { ...made.metadata, annotations: { ...annotations } } };
  const labels = { ...builtIn, ...installLabels, release: 'istio', 'istio.io/rev': revision };
  const services = has(istioctlVersion, 'tagService') ? [tagService(tag, service.namespace, labels)] : [];
  return [withBundle(configuration, caBundle), ...services];
}

/**
 * The validator that istioctl makes with the tag 'default': asked about Istio objects without a revision label.
 * Throws InvalidInput like `istioctlTag`.
 */
export function defaultTagValidator(options: Omit<TagOptions, 'tag'>): KubeObject {
  const { injector, istioctlVersion, installLabels = {} } = options;
  const { revision, service, caBundle } = targetOf(injector);
  const labels = {
    ...standardLabels({ name: 'istiod', app: 'istiod', release: 'istio', version: istioctlVersion }),
    ...installLabels,
    app: 'istiod',
    istio: 'istiod',
    'istio.io/rev': revision,
    'istio.io/tag': 'default',
    release: 'istio',
  };
  return withBundle(validatorConfiguration('istiod-default-validator', labels, 'unlabelled', service), caBundle);
}
