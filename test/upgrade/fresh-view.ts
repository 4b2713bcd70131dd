/** Views that are only read anew when something has changed: most looks of a run see what the last one saw. */
import type { KubeApi } from '../../src/kube/api.ts';
import type { View } from '../../src/steps/step.ts';
import { resources } from '../../sandbox/store/resources.ts';
import { followAll } from '../simulation/oracle/mirror.ts';
import { readView, type Stage } from './world.ts';

/** The run's own objects, and what no view shows. */
const unseen = new Set(['leases', 'events', 'installations', 'endpointslices']);

/** Reads the mesh of a stage; the same view while neither the store nor what istiods say of their proxies has changed. */
export function freshViews({ cluster, clock }: Stage): { read(api: KubeApi): Promise<View>; close(): void } {
  let changes = 0;
  let last: { readonly key: string; readonly view: View } | null = null;
  const close = followAll(cluster.store, ({ plural, object }) => {
    const isOwn = plural === 'configmaps' && object.metadata.labels?.['meshlift.dev/run'] !== undefined;
    if (!isOwn && !unseen.has(plural)) changes += 1;
    // Those of istiod's Services are read; others change with every pod, which counts already.
    if (plural === 'endpointslices' && object.metadata.name.startsWith('istiod')) changes += 1;
  });
  const told = async (): Promise<string> => {
    const pods = [...cluster.store.all(resources.pods)].filter(({ metadata }) => metadata.labels?.['app'] === 'istiod');
    const answers = pods.map(async ({ metadata: { name, namespace = '' } }) => {
      const to = { namespace, pod: name, port: 15014 };
      return cluster.ports.call({ to, path: '/debug/syncz', method: 'GET', via: 'port-forward' });
    });
    return JSON.stringify(await Promise.all(answers));
  };
  return {
    read: async (api) => {
      const key = `${changes} ${await told()}`;
      if (last?.key === key) return { ...last.view, seenAt: clock.now() };
      const view = await readView(api, clock);
      last = { key, view };
      return view;
    },
    close,
  };
}
