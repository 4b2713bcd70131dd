/** Whether we may do all that a plan lists: asked before the first write, for exactly its writes. */
import { MeshliftError, NotFound } from '../errors.ts';
import type { KubeApi, KubeObject, ResourceType } from '../kube/api.ts';
import type { Stage, UpgradePlan } from '../planner/plan.ts';
import { rightOf, type Right } from '../rights/right.ts';

const reviews: ResourceType = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'selfsubjectaccessreviews',
  kind: 'SelfSubjectAccessReview',
  namespaced: false,
};

/** Asked at the same time. */
const atOnce = 10;

/**
 * Rights that are missing for the way forward, in words; empty when nothing is. Not those of `complete`, which may be another
 * person's. A server without reviews (the sandbox in process) refuses nobody.
 * @param until last stage that shall be run; left out: all
 * @throws what asking throws
 */
export async function missingRights(api: KubeApi, plan: UpgradePlan, until?: string): Promise<readonly string[]> {
  const rights = rightsOf(plan, until);
  const missing: string[] = [];
  for (let index = 0; index < rights.length; index += atOnce) {
    const answers = await Promise.all(rights.slice(index, index + atOnce).map((right) => isAllowed(api, right)));
    answers.forEach((allowed, at) => {
      const right = rights[index + at];
      if (!allowed && right !== undefined) missing.push(wordsOf(right));
    });
  }
  return missing;
}

function rightsOf(plan: UpgradePlan, until: string | undefined): readonly Right[] {
  const { namespace } = plan.revisions;
  const found = new Map<string, Right>();
  const add = (right: Right): void => void found.set(JSON.stringify(right), right);
  for (const verb of ['create', 'get', 'patch']) {
    const own = { verb, subresource: '', namespace, name: '' };
    add({ ...own, group: 'coordination.k8s.io', resource: 'leases' });
    add({ ...own, group: '', resource: 'configmaps' });
  }
  for (const write of upTo(plan.stages, until).flatMap(({ steps }) => steps.flatMap(({ writes }) => writes))) {
    const right = rightOf(write);
    if (right !== null) add(right);
  }
  return [...found.values()];
}

function upTo(stages: readonly Stage[], until: string | undefined): readonly Stage[] {
  const last = stages.findIndex(({ id }) => id === until);
  return last < 0 ? stages : stages.slice(0, last + 1);
}

async function isAllowed(api: KubeApi, right: Right): Promise<boolean> {
  const review: KubeObject = { metadata: { name: '' }, spec: { resourceAttributes: right } };
  try {
    const answer = await api.create(reviews, review);
    return (answer['status'] as { allowed?: unknown } | undefined)?.allowed === true;
  } catch (error) {
    if (error instanceof NotFound || (error instanceof MeshliftError && error.status === 405)) return true;
    throw error;
  }
}

function wordsOf({ verb, group, resource, subresource, namespace, name }: Right): string {
  const full = `${resource}${subresource === '' ? '' : `/${subresource}`}${group === '' ? '' : `.${group}`}`;
  return `${verb} ${full}${name === '' ? '' : ` ${name}`}${namespace === '' ? '' : ` in namespace ${namespace}`}`;
}
