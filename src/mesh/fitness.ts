import type { FitnessFact } from './pod-facts.ts';

/** Whether a template holds nothing but the proxy that admission fills in: an injected gateway. */
export function isProxyAlone({ containers }: FitnessFact): boolean {
  return containers.length === 0;
}

/**
 * Whether every container that serves has a readiness probe. The proxy is no container of the application: its probe comes
 * with the injection template (manifests/charts/istio-control/istio-discovery/files/gateway-injection-template.yaml).
 */
export function isProbed(fitness: FitnessFact): boolean {
  return isProxyAlone(fitness) || fitness.readiness === 'all';
}
