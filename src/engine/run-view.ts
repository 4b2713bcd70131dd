/** What a run looks at again and again: less than what a plan is made of. */
import type { ListedKind } from '../inventory/kinds.ts';
import { readCluster } from '../inventory/read-cluster.ts';
import type { KubeApi } from '../kube/api.ts';
import { buildMesh, modelKinds } from '../mesh/build.ts';
import type { View } from '../steps/step.ts';

/** What the model is made of, and what a revision's users are told by (`steps/users.ts`). */
const runKinds: readonly ListedKind[] = [...modelKinds.filter((kind) => kind !== 'istiods'), 'remoteSecrets'];

/**
 * Reads the mesh for one look of a run. Lists that only checks and plans ask for are left out, and are unread in the facts:
 * they are half of the requests, and a look is taken every few seconds. `now`: milliseconds since the epoch.
 * @throws what `readCluster` throws
 */
export async function readRunView(
  api: KubeApi,
  context: string,
  now: () => number,
  signal?: AbortSignal,
): Promise<View> {
  const seenAt = now();
  const facts = await readCluster(api, { context, only: runKinds, ...(signal === undefined ? {} : { signal }) });
  return { facts, mesh: buildMesh(facts), seenAt };
}
