/** Ambient coverage: the CNI agent's annotation on the pod is the truth, labels are only the wish. */
import { isCniPod, isZtunnelPod } from './components.ts';
import type { Facts, PodFact } from './facts.ts';
import { fullName } from './keys.ts';
import type { Ambient } from './mesh.ts';
import { compareText } from './workload-index.ts';

const REDIRECTION = 'ambient.istio.io/redirection';

/** Namespaces, pods and nodes of the ambient mesh. */
export function ambient(facts: Facts): Ambient {
  const running = facts.pods.items.filter((pod) => pod.phase === 'Running');
  const enabled = running.filter((pod) => pod.meta.annotations[REDIRECTION] === 'enabled');
  const pending = running.filter((pod) => pod.meta.annotations[REDIRECTION] === 'pending');
  const nodes = nodesOf([...enabled, ...pending]);
  return {
    namespaces: facts.namespaces.items
      .filter(({ meta }) => isAmbient(meta.labels))
      .map(({ meta }) => meta.name)
      .sort(compareText),
    pods: enabled.length,
    pending: pending.map((pod) => fullName(pod.meta)).sort(compareText),
    nodesWithoutZtunnel: without(nodes, running.filter(isZtunnelPod)),
    nodesWithoutCni: without(nodes, running.filter(isCniPod)),
  };
}

/** Whether a namespace's labels ask for ambient (label istio.io/dataplane-mode). */
export function isAmbient(labels: Readonly<Record<string, string>>): boolean {
  return labels['istio.io/dataplane-mode'] === 'ambient';
}

function nodesOf(pods: readonly PodFact[]): ReadonlySet<string> {
  return new Set(pods.map((pod) => pod.node).filter((node) => node !== ''));
}

function without(nodes: ReadonlySet<string>, agents: readonly PodFact[]): readonly string[] {
  const served = nodesOf(agents.filter((pod) => pod.ready));
  return [...nodes].filter((node) => !served.has(node)).sort(compareText);
}
