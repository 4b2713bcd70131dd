/** Label and annotation keys of Istio that several files read, and how objects are named here. */
import type { MetaFact } from './facts.ts';

/** Label: revision (on users' objects: revision or tag). Annotation on proxies: the revision that made them. */
export const revisionKey = 'istio.io/rev';

/** Label of namespaces: enabled or disabled; beats istio.io/rev. */
export const injectionKey = 'istio-injection';

/** Label on the objects of a revision tag: the tag's name. */
export const tagKey = 'istio.io/tag';

/** Annotation that injection writes, JSON with `revision`. In a template: the proxy was injected by hand (kube-inject). */
export const statusKey = 'sidecar.istio.io/status';

/** Annotation: comma-separated injection templates; 'gateway' for gateways. */
export const templatesKey = 'inject.istio.io/templates';

/** Label: controller in istiod that renders the Deployment of a Gateway API Gateway. */
export const managedKey = 'gateway.istio.io/managed';

/** Image name that the injector replaces. */
export const autoImage = 'auto';

/** 'namespace/name', the key of maps over namespaced objects. */
export function fullName(meta: Pick<MetaFact, 'namespace' | 'name'>): string {
  return `${meta.namespace}/${meta.name}`;
}
