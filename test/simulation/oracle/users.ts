/** I4: who in the store uses a revision. */
import { resources } from '../../../sandbox/store/resources.ts';
import type { Store } from '../../../sandbox/store/store.ts';
import { labelsOf, proxyOf } from './mirror.ts';

const revisionKey = 'istio.io/rev';
const tagKey = 'istio.io/tag';

/** Running proxies, namespaces, tags and the default validator that lead to a revision, by name. */
export function usersInStore(store: Store, revision: string): readonly string[] {
  const found: string[] = [];
  for (const pod of store.all(resources.pods)) {
    const { name, namespace = '', deletionTimestamp } = pod.metadata;
    if (deletionTimestamp === undefined && proxyOf(pod)?.revision === revision) found.push(`pod ${namespace}/${name}`);
  }
  for (const namespace of store.all(resources.namespaces)) {
    if (labelsOf(namespace)[revisionKey] === revision) found.push(`namespace ${namespace.metadata.name}`);
  }
  for (const config of [...store.all(resources.mutatingWebhooks), ...store.all(resources.validatingWebhooks)]) {
    const labels = labelsOf(config);
    const isShared = labels[tagKey] !== undefined || config.metadata.name === 'istiod-default-validator';
    if (labels[revisionKey] === revision && isShared) found.push(`webhook ${config.metadata.name}`);
  }
  return found;
}
