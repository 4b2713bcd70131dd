/** What the injector decides for itself once it is called (pkg/kube/inject, injectRequired), in its own order. */
import type { InjectorConfigFact, Labels, SelectorFact } from './facts.ts';
import type { InjectionCode } from './injection-model.ts';
import { matches } from './selectors.ts';

/** What admission sees of a new pod. */
export interface NewPod {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly hostNetwork: boolean;
}

/** Why it adds no proxy. */
export interface Refusal {
  readonly code: InjectionCode;
  readonly reason: string;
}

const injectKey = 'sidecar.istio.io/inject';
const systemNamespaces = new Set(['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage']);

type Rules = Pick<InjectorConfigFact, 'policy' | 'neverInject' | 'alwaysInject'>;

/** The chart's defaults, used where the injector's ConfigMap could not be read (values sidecarInjectorWebhook, global.proxy.autoInject). */
const chartDefaults: Rules = { policy: 'enabled', neverInject: [], alwaysInject: [] };

/** Null: it adds a proxy. */
export function refusal(namespace: string, pod: NewPod, config: InjectorConfigFact | null): Refusal | null {
  if (pod.hostNetwork)
    return { code: 'host-network', reason: 'hostNetwork is true, and the injector skips such pods.' };
  if (systemNamespaces.has(namespace)) {
    return { code: 'system-namespace', reason: `The injector never injects in namespace ${namespace}.` };
  }
  const asked = pod.labels[injectKey] ?? pod.annotations[injectKey];
  if (asked === 'true') return null;
  if (asked === 'false') return { code: 'annotation-disabled', reason: `Annotation ${injectKey}=false on the pod.` };
  return bySelectors(pod, config ?? chartDefaults);
}

function bySelectors({ labels }: NewPod, { policy, neverInject, alwaysInject }: Rules): Refusal | null {
  if (neverInject.some((selector) => selects(selector, labels))) {
    return {
      code: 'never-inject-selector',
      reason: "A neverInjectSelector of the injector's ConfigMap matches the pod.",
    };
  }
  if (alwaysInject.some((selector) => selects(selector, labels))) return null;
  if (policy === 'enabled') return null;
  return {
    code: 'policy-disabled',
    reason: `The injector's policy is ${policy}, and the pod does not ask for a proxy.`,
  };
}

// Unlike the API server, the injector takes an empty selector for none, and leaves out one that it cannot parse.
function selects(selector: SelectorFact, labels: Labels): boolean {
  const empty = selector.matchExpressions.length === 0 && Object.keys(selector.matchLabels).length === 0;
  return !empty && matches(selector, labels) === true;
}
