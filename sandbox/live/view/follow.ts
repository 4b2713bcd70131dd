import type { ResourceType } from '../../../src/kube/api.ts';
import type { Cancel, Scheduler } from '../../clock/scheduler.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';

const watched = [resources.services, resources.endpointSlices, resources.pods];
const istioKinds: readonly string[] = ['gateways', 'virtualservices'];

/**
 * Calls back so many milliseconds after something changed that a proxy's configuration depends on (Services,
 * EndpointSlices, pods, and Istio's Gateways and VirtualServices once they are served). Changes meanwhile come with it.
 * @returns what ends it
 */
export function followConfiguration(store: Store, scheduler: Scheduler, delayMs: number, changed: () => void): Cancel {
  const stops = new Map<string, Cancel>();
  let pending: Cancel | undefined;
  const note = () => {
    pending ??= scheduler.after(delayMs, () => {
      pending = undefined;
      changed();
    });
  };
  const watch = (resource: ResourceType) => {
    const key = `${resource.group}/${resource.plural}`;
    if (!stops.has(key)) stops.set(key, store.watch(resource, {}, note));
  };
  const watchIstio = () => {
    for (const kind of [...store.kinds()]) {
      if (kind.group !== 'networking.istio.io' || !istioKinds.includes(kind.plural)) continue;
      watch({ ...kind, version: kind.storage });
    }
  };
  for (const resource of watched) watch(resource);
  stops.set('definitions', store.watch(resources.definitions, {}, watchIstio));
  watchIstio();
  return () => {
    pending?.();
    for (const stop of stops.values()) stop();
  };
}
