import type { KubeObject } from '../../../src/kube/api.ts';
import { textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { controllerQueue, type Cluster } from '../base/cluster.ts';
import { isTerminating } from '../base/pods.ts';

const caText = '-----BEGIN CERTIFICATE-----\nc2FuZGJveA==\n-----END CERTIFICATE-----\n';

/** Gives every namespace its ServiceAccount `default` and its ConfigMap `kube-root-ca.crt`, again when they are deleted. */
export function namespaceDefaults(cluster: Cluster): void {
  const { namespaces, serviceAccounts, configMaps } = cluster.informers;
  const queue = controllerQueue(cluster, (name) => {
    const namespace = namespaces.get(name);
    if (!namespace || isTerminating(namespace) || textAt(namespace, 'status', 'phase') === 'Terminating') return;
    if (!serviceAccounts.get(`${name}/default`)) {
      cluster.store.create(resources.serviceAccounts, { metadata: { name: 'default', namespace: name } });
    }
    if (configMaps.get(`${name}/kube-root-ca.crt`)) return;
    const annotation =
      'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service ' +
      'IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';
    const annotations = { 'kubernetes.io/description': annotation };
    const metadata = { name: 'kube-root-ca.crt', namespace: name, annotations };
    cluster.store.create(resources.configMaps, { metadata, data: { 'ca.crt': caText } });
  });
  namespaces.onChange(({ now }) => now && queue.add(now.metadata.name));
  const onLoss =
    (name: string) => (change: { readonly old: KubeObject | undefined; readonly now: KubeObject | undefined }) => {
      if (!change.now && change.old?.metadata.name === name) queue.add(change.old.metadata.namespace ?? '');
    };
  serviceAccounts.onChange(onLoss('default'));
  configMaps.onChange(onLoss('kube-root-ca.crt'));
}
