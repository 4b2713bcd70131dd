/** Roles as Kubernetes objects (rbac.authorization.k8s.io/v1), made of the table of needs. Pure. */
import { proofNamespace } from '../steps/proof-names.ts';
import { needsOf, type Need, type RoleName } from './needs.ts';

/** One rule of a role, in the order in which people write it. */
export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/** A ClusterRole or Role; `whys` has the reason of each rule, in their order. */
export interface RoleObject {
  readonly kind: 'ClusterRole' | 'Role';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly rules: readonly Rule[];
  readonly whys: readonly string[];
}

/** For whom roles are made. */
export interface RolesRequest {
  readonly role: RoleName;
  /** Namespace of the control planes. */
  readonly namespace: string;
  /** The new revision; null: not known yet, so the namespace of its proof may have any name. */
  readonly revision: string | null;
}

/** Name of both objects of a role. */
export const objectName = (role: RoleName): string => `meshlift-${role}`;

/** A ClusterRole for what concerns all namespaces, and a Role for what concerns only that of the control planes. */
export function rolesOf(request: RolesRequest): readonly RoleObject[] {
  const { role, namespace } = request;
  const labels = { 'app.kubernetes.io/name': 'meshlift' };
  const all = needsOf(role);
  const inScope = (scope: Need['scope']) => {
    const wanted = all.filter((need) => need.scope === scope);
    return { rules: wanted.map((need) => ruleOf(need, request)), whys: wanted.map(({ why }) => why) };
  };
  const discovery: Rule = { nonResourceURLs: ['/apis', '/version'], verbs: ['get'] };
  const wide = inScope('cluster');
  return [
    {
      ...{ kind: 'ClusterRole', metadata: { name: objectName(role), labels } },
      ...{ rules: [discovery, ...wide.rules], whys: ['which kinds the server serves', ...wide.whys] },
    },
    { kind: 'Role', metadata: { name: objectName(role), namespace, labels }, ...inScope('control-plane') },
  ];
}

function ruleOf({ group, resources, verbs, onlyProof }: Need, { revision }: RolesRequest): Rule {
  return {
    ...{ apiGroups: [group], resources },
    ...(onlyProof === true && revision !== null ? { resourceNames: [proofNamespace(revision)] } : {}),
    verbs,
  };
}
