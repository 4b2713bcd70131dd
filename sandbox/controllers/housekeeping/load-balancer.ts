import type { KubeObject } from '../../../src/kube/api.ts';
import { objectAt, objectsAt, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { controllerQueue, writeStatus, type Cluster } from '../base/cluster.ts';
import { keyOf } from '../base/informer.ts';

/** Address of a Service of type LoadBalancer. */
export type LoadBalancerAddress = (service: KubeObject) => string;

/** Addresses of 198.18.0.0/15, which no network routes (RFC 2544), one after the other. */
export function sequentialAddresses(): LoadBalancerAddress {
  let next = 1;
  return () => {
    const number = next++;
    return `198.18.${(number >> 8) & 255}.${number & 255}`;
  };
}

/** Stands for a cloud's load balancers: gives every Service of that type an address. */
export function loadBalancers(cluster: Cluster, addressOf: LoadBalancerAddress): void {
  const { services } = cluster.informers;
  const queue = controllerQueue(cluster, (key) => {
    const service = services.get(key);
    if (!service || textAt(service, 'spec', 'type') !== 'LoadBalancer') return;
    if (objectsAt(service, 'status', 'loadBalancer', 'ingress').length > 0) return;
    const ingress = [{ ip: addressOf(service), ipMode: 'VIP' }];
    writeStatus(cluster, resources.services, service, { ...objectAt(service, 'status'), loadBalancer: { ingress } });
  });
  services.onChange(({ now }) => now && queue.add(keyOf(now)));
}
