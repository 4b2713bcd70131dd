/** The right that a write of a plan needs. */
import type { Write } from '../steps/spec.ts';

/** One right, as a SubjectAccessReview names it. */
export interface Right {
  readonly verb: string;
  /** '' for the core group. */
  readonly group: string;
  readonly resource: string;
  /** '' for none. */
  readonly subresource: string;
  /** '' for cluster-scoped kinds. */
  readonly namespace: string;
  /** '' for any: the server knows no name when it is asked for a creation, and a plan knows none of pods to come. */
  readonly name: string;
}

const verbs: Readonly<Record<Exclude<Write['verb'], 'tool'>, string>> = {
  create: 'create',
  patch: 'patch',
  delete: 'delete',
  evict: 'create',
  // A dry run needs the rights of the real thing (Kubernetes API concepts, dry run authorization).
  'dry-run': 'create',
};

/** Null for what the owner's tool does: which rights it needs is the tool's own. */
export function rightOf({ verb, resource, namespace, name }: Omit<Write, 'what'>): Right | null {
  if (verb === 'tool') return null;
  const [plural = '', ...group] = resource.split('.');
  const right = { verb: verbs[verb], group: group.join('.'), resource: plural, namespace };
  const isNamed = right.verb !== 'create' && !name.includes('*');
  return { ...right, subresource: verb === 'evict' ? 'eviction' : '', name: isNamed ? name : '' };
}
