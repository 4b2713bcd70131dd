/** Whether we may do all that a plan lists: asked before the first write, for exactly its writes. */
import { MeshliftError, NotFound } from '../errors.ts';
import type { KubeApi, KubeObject, ResourceType } from '../kube/api.ts';
import type { UpgradePlan } from '../planner/plan.ts';
import type { Write } from '../steps/spec.ts';

const reviews: ResourceType = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'selfsubjectaccessreviews',
  kind: 'SelfSubjectAccessReview',
  namespaced: false,
};

/** One right, as RBAC names it. `subresource` '' for none. */
interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
}

const verbs: Readonly<Record<Exclude<Write['verb'], 'tool'>, string>> = {
  create: 'create',
  patch: 'patch',
  delete: 'delete',
  evict: 'create',
  'dry-run': 'create',
};

/** Asked at the same time. */
const atOnce = 10;

/**
 * Rights that are missing, in words; empty when nothing is. A server without reviews (the sandbox in process) refuses nobody.
 * @throws what asking throws
 */
export async function missingRights(api: KubeApi, plan: UpgradePlan): Promise<readonly string[]> {
  const rights = rightsOf(plan);
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

function rightsOf({ stages, completion, revisions: { namespace } }: UpgradePlan): readonly Right[] {
  const found = new Map<string, Right>();
  const add = (right: Right): void => void found.set(JSON.stringify(right), right);
  for (const verb of ['create', 'get', 'patch']) {
    add({ verb, group: 'coordination.k8s.io', resource: 'leases', subresource: '', namespace });
    add({ verb, group: '', resource: 'configmaps', subresource: '', namespace });
  }
  for (const { steps } of [...stages, completion]) {
    for (const write of steps.flatMap(({ writes }) => writes))
      if (write.verb !== 'tool') add(rightOf(write, write.verb));
  }
  return [...found.values()];
}

function rightOf({ resource, namespace }: Write, verb: keyof typeof verbs): Right {
  const [plural = '', ...group] = resource.split('.');
  const subresource = verb === 'evict' ? 'eviction' : '';
  return { verb: verbs[verb], group: group.join('.'), resource: plural, subresource, namespace };
}

async function isAllowed(api: KubeApi, { verb, group, resource, subresource, namespace }: Right): Promise<boolean> {
  const resourceAttributes = { verb, group, resource, subresource, namespace };
  const review: KubeObject = { metadata: { name: '' }, spec: { resourceAttributes } };
  try {
    const answer = await api.create(reviews, review);
    return (answer['status'] as { allowed?: unknown } | undefined)?.allowed === true;
  } catch (error) {
    if (error instanceof NotFound || (error instanceof MeshliftError && error.status === 405)) return true;
    throw error;
  }
}

function wordsOf({ verb, group, resource, subresource, namespace }: Right): string {
  const name = `${resource}${subresource === '' ? '' : `/${subresource}`}${group === '' ? '' : `.${group}`}`;
  return `${verb} ${name}${namespace === '' ? '' : ` in namespace ${namespace}`}`;
}
