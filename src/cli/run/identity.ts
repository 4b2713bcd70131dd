import { resources } from '../../kube/resources.ts';
import type { KubeApi } from '../../kube/api.ts';

/** uid of namespace kube-system: the usual name of a cluster for itself. @throws what the API throws */
export async function clusterUid(api: KubeApi): Promise<string> {
  const { metadata } = await api.get({ resource: resources.namespaces, name: 'kube-system' });
  return metadata.uid ?? '';
}
