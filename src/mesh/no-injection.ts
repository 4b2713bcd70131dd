/** Why no webhook is called: the labels, in Istio's order of precedence. */
import type { Labels } from './facts.ts';
import type { NewPod, Refusal } from './injector-rules.ts';
import { injectionKey, revisionKey } from './keys.ts';

const injectKey = 'sidecar.istio.io/inject';

/** The reason, for a pod that no webhook matches. `hasDefault`: something serves istio-injection=enabled. */
export function absence(namespace: { readonly labels: Labels }, pod: NewPod, hasDefault: boolean): Refusal {
  if (pod.labels[injectKey] === 'false') return { code: 'pod-disabled', reason: `Pod label ${injectKey}=false.` };
  const injection = namespace.labels[injectionKey];
  if (injection !== undefined) return byInjectionLabel(injection, namespace.labels[revisionKey]);
  const revision = namespace.labels[revisionKey];
  if (revision !== undefined) return nobodyServes('Namespace', revision);
  const own = pod.labels[revisionKey];
  if (own !== undefined) return nobodyServes('Pod', own);
  if (pod.labels[injectKey] === 'true' && !hasDefault) {
    return {
      code: 'no-default-revision',
      reason: `Pod label ${injectKey}=true asks the default revision, and there is none that injects.`,
    };
  }
  if (pod.labels[injectKey] === 'true') {
    return {
      code: 'not-labelled',
      reason: `Pod label ${injectKey}=true, but the selectors of no webhook match the pod.`,
    };
  }
  return { code: 'not-labelled', reason: 'Neither the namespace nor the pod asks for a sidecar.' };
}

function byInjectionLabel(injection: string, revision: string | undefined): Refusal {
  if (injection !== 'enabled')
    return { code: 'namespace-disabled', reason: `Namespace label istio-injection=${injection}.` };
  const beaten = revision === undefined ? '' : ` It beats istio.io/rev=${revision}.`;
  const reason = `Namespace label istio-injection=enabled asks the default revision, and there is none that injects: pods start without a sidecar and nothing says so.${beaten}`;
  return { code: 'no-default-revision', reason };
}

function nobodyServes(whose: 'Namespace' | 'Pod', value: string): Refusal {
  const reason = `${whose} label istio.io/rev=${value}: no revision or tag of that name injects, so pods start without a sidecar and nothing says so.`;
  return { code: 'revision-not-served', reason };
}
