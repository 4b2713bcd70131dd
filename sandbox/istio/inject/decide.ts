import type { KubeObject } from '../../../src/kube/api.ts';
import { at } from '../../store/json.ts';
import type { InjectorSettings } from './settings.ts';

const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage'];

/**
 * Why the injector leaves a pod alone, undefined when it does not: host network, system namespace, then the pod's
 * label, its annotation and the policy (pkg/kube/inject/inject.go). Anything but 'true' and 'false' counts as unset.
 */
export function skipReason(pod: KubeObject, namespace: string, settings: InjectorSettings): string | undefined {
  if (at(pod, 'spec', 'hostNetwork') === true) return 'pod uses the network of its node';
  if (systemNamespaces.includes(namespace)) return `namespace ${namespace} belongs to Kubernetes`;
  const label = pod.metadata.labels?.['sidecar.istio.io/inject'];
  const wish = label ?? pod.metadata.annotations?.['sidecar.istio.io/inject'];
  if (wish === 'false') return `${label === undefined ? 'annotation' : 'label'} sidecar.istio.io/inject=false`;
  if (wish !== 'true' && settings.policy === 'disabled') return 'policy disabled and the pod does not ask';
  return undefined;
}
