import type { KubeObject } from '../../src/kube/api.ts';
import { restartPolicyOf } from '../controllers/kubelet/containers.ts';
import { timingAnnotation } from '../controllers/kubelet/timing.ts';
import { proxyFacts } from '../istio/runtime/proxy.ts';
import { isLive } from '../live/pod/plan.ts';

/**
 * Whether a pod of a live sandbox is a real server: one with the application's annotation, a gateway, and any other with a
 * sidecar. Pods that are to end by themselves and pods whose times are told stay with the model.
 */
export function takesPod(pod: KubeObject): boolean {
  if (isLive(pod)) return true;
  if (pod.metadata.annotations?.[timingAnnotation] !== undefined || restartPolicyOf(pod) !== 'Always') return false;
  return proxyFacts(pod)?.type === 'sidecar';
}

/** Whether a pod is a gateway: a proxy alone that routes what comes from outside. */
export function isGateway(pod: KubeObject): boolean {
  return proxyFacts(pod)?.type === 'router';
}
