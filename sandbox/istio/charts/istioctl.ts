import type { KubeObject } from '../../../src/kube/api.ts';
import { baseChart } from './base.ts';
import { ingressGateway } from './ingress-gateway.ts';
import type { IstiodOptions } from './istiod-options.ts';
import { istiodChart } from './istiod.ts';
import { annotated, istioctlLabels, type Component } from './labels.ts';
import { defaultTagValidator, istioctlTag } from './tags.ts';
import { deactivated } from './webhooks.ts';

/** Options of `istioctl install`. istioctl has the version that it installs. */
export interface IstioctlOptions extends Omit<IstiodOptions, 'release' | 'tags'> {
  /** 'default' brings an ingress gateway, 'minimal' does not. */
  readonly profile: 'default' | 'minimal';
}

/** Labels of what the installer renders as the default tag, besides those of the revision. */
function defaultTagLabels(options: IstioctlOptions): Record<string, string> {
  return {
    ...istioctlLabels('Pilot', options),
    'install.operator.istio.io/owning-resource': 'unknown',
    'install.operator.istio.io/owning-resource-not-pruned': 'true',
  };
}

const isInjector = (object: KubeObject): boolean => object.kind === 'MutatingWebhookConfiguration';

function withDefaultTag(objects: readonly KubeObject[], options: IstioctlOptions): KubeObject[] {
  const injector = objects.find(isInjector);
  if (injector === undefined) return [...objects];
  const tag = { injector, istioctlVersion: options.version, installLabels: defaultTagLabels(options) };
  return [
    ...objects.map((object) => (isInjector(object) ? deactivated(object) : object)),
    ...istioctlTag({ ...tag, tag: 'default' }),
    defaultTagValidator(tag),
  ];
}

/**
 * What `istioctl install` leaves in the cluster, without RBAC. Without a revision name it makes the tag 'default' and
 * switches off the injector configuration that looks like the real one; with one it makes no tag, as before 1.27 and
 * as later where a default tag exists. Throws InvalidInput for what is no version.
 */
export function istioctlInstall(options: IstioctlOptions): KubeObject[] {
  const { version, namespace, revision } = options;
  const owned = (component: Component, objects: readonly KubeObject[]): KubeObject[] =>
    annotated(objects, istioctlLabels(component, options), {});
  const base = baseChart({ version, namespace, release: 'istio', defaultRevision: '' });
  const pilot = owned('Pilot', istiodChart({ ...options, release: 'istio' }));
  return [
    ...owned('Base', base),
    ...(revision === '' ? withDefaultTag(pilot, options) : pilot),
    ...(options.profile === 'default' ? owned('IngressGateways', ingressGateway(options)) : []),
  ];
}
