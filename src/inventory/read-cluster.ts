/** Facts of a live cluster. */
import type { KubeApi } from '../kube/api.ts';
import type { Facts } from '../mesh/facts.ts';
import { assemble, createFactLists } from './fact-lists.ts';
import { walkCluster, type WalkOptions } from './walk.ts';

/** How to read a cluster. */
export interface ReadOptions extends WalkOptions {
  /** Name of the kubeconfig context, for `source`. */
  readonly context: string;
}

/**
 * Reads everything that the model needs: one list a kind in pages, at most about 30 requests besides the pages. What can't be
 * read is in `unread` of its list. Throws only when nothing can be read: Transient (server unreachable), Blocked (401),
 * InvalidInput (credentials), Aborted.
 */
export async function readCluster(api: KubeApi, options: ReadOptions): Promise<Facts> {
  const collected = createFactLists();
  const walked = await walkCluster(api, options, {
    begin: () => Promise.resolve(),
    object: (kind, object, resource) => collected.add(kind, object, resource.kind),
    page: () => Promise.resolve(),
    restarted: (kind, resource) => {
      collected.clear(kind, resource.kind);
    },
    finished: (kind, unread) => collected.finish(kind, unread),
  });
  return assemble(
    collected.lists(() => 'not asked for'),
    { source: { type: 'cluster', context: options.context, server: api.server }, ...walked },
  );
}
