/** What a proof was made on: a run that is resumed needs not make it again while that is there unchanged. */
import { digestOf } from '../journal/canonical.ts';
import { istiodDeployment } from './istiod-names.ts';
import { podsOf } from './istiod-pods.ts';
import type { ProveControlPlane } from './spec.ts';
import type { StepContext, View } from './step.ts';

/** Name of the evidence that a whole proof leaves. */
export const provedName = 'proved';

/** Milliseconds for which a proof counts: what it rests on and cannot be seen here may have changed after that. */
const ageMs = 3_600_000;

/**
 * Digest of all that a proof rests on, as it is now: what is asked, the Deployment and its pods by uid, the settings of its
 * injector and mesh, and what changes the configuration of proxies in ways that fit one version only.
 * @throws NotFound without the Deployment, Transient, Blocked, Aborted
 */
export async function proofMark(context: StepContext, { facts }: View, spec: ProveControlPlane): Promise<string> {
  const ref = istiodDeployment(spec.namespace, spec.revision);
  const { metadata } = await context.api.get(ref, { signal: context.signal });
  const pods = (await podsOf(context, ref)).map((pod) => pod.metadata.uid ?? '');
  const own = facts.configMaps.items.filter(
    ({ meta }) => meta.namespace === spec.namespace && meta.name.startsWith('istio') && isOf(meta.name, spec.revision),
  );
  return digestOf({
    ...{ spec, uid: metadata.uid ?? '', generation: metadata.generation ?? 0, pods: pods.sort(), own },
    filters: [facts.envoyFilters, facts.wasmPlugins],
  });
}

// 'istio-1-30-3', 'istio-sidecar-injector-1-30-3'; without a suffix for the revision 'default' (istiod chart).
function isOf(name: string, revision: string): boolean {
  return revision === 'default' ? /^istio(-sidecar-injector)?$/.test(name) : name.endsWith(`-${revision}`);
}

/** Whether this run proved just that, not too long ago. */
export function isProved(context: Pick<StepContext, 'clock' | 'recall'>, mark: string): boolean {
  const proof = context.recall(provedName);
  return proof !== null && proof.value === mark && context.clock.now() - proof.at < ageMs;
}
