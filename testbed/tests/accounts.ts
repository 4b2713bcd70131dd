import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { objectName } from '../../src/rights/roles.ts';
import { needsOf, roleNames, type RoleName } from '../../src/rights/needs.ts';
import { auditedRequests, type AuditedRequest } from '../src/audit.ts';
import type { Tools } from '../src/istio/install.ts';
import { clusterCa, kubeconfig } from '../src/kubeconfigs.ts';
import type { Layout } from '../src/layout.ts';
import { run } from '../src/run.ts';
import { succeed } from './cli.ts';

/** Namespace of the accounts. */
const home = 'meshlift-accounts';

/** A user who has exactly the rules that `meshlift rbac` prints for a role. */
export interface Account {
  readonly role: RoleName;
  /** Name by which the API server knows it. */
  readonly user: string;
  /** The mesh's tools as this user. */
  readonly tools: Tools;
}

/**
 * Makes an account for a role, bound to what the command line prints for it and to nothing else.
 * @param revision rules are narrowed to it; null: they are not
 */
export async function makeAccount(
  layout: Layout,
  mesh: Tools,
  role: RoleName,
  revision: string | null,
): Promise<Account> {
  const { env } = mesh;
  const kubectl = (args: readonly string[], input = '') => run('kubectl', args, { env, input });
  const name = objectName(role);
  const narrowed = revision === null ? [] : ['--revision', revision];
  const printed = await succeed(mesh, ['rbac', '--role', role, ...narrowed, '-o', 'json']);
  await kubectl(['apply', '-f', '-'], printed);
  await kubectl(['create', 'namespace', home]).catch(() => undefined);
  await kubectl(['-n', home, 'create', 'serviceaccount', role]);
  const subject = `--serviceaccount=${home}:${role}`;
  await kubectl(['create', 'clusterrolebinding', name, `--clusterrole=${name}`, subject]);
  await kubectl(['-n', 'istio-system', 'create', 'rolebinding', name, `--role=${name}`, subject]);
  const token = (await kubectl(['-n', home, 'create', 'token', role, '--duration=1h'])).trim();
  const file = join(mesh.folder, `kubeconfig-${role}`);
  await writeFile(file, kubeconfig(await clusterCa(layout), { token }), { mode: 0o600 });
  const tools = { ...mesh, env: { ...env, KUBECONFIG: file } };
  return { role, user: `system:serviceaccount:${home}:${role}`, tools };
}

/** Removes all accounts with their roles. */
export async function removeAccounts({ env }: Tools): Promise<void> {
  const names = roleNames.map(objectName);
  await run('kubectl', ['delete', '--ignore-not-found', 'clusterrole,clusterrolebinding', ...names], { env });
  await run('kubectl', ['delete', '--ignore-not-found', 'namespace', home], { env });
}

const nameOf = (verb: string, resource: string, group: string): string =>
  `${verb} ${resource}${group === '' ? '' : `.${group}`}`;

const spoken = ({ verb, resource, group, uri }: AuditedRequest): string =>
  resource === '' ? `${verb} ${uri}` : nameOf(verb, resource, group);

/** What an account was refused for lack of a right, each once: 'list secrets'. */
export async function refusedTo(layout: Layout, { user }: Account): Promise<readonly string[]> {
  const refused = (await auditedRequests(layout, user)).filter(({ code }) => code === 403);
  return [...new Set(refused.map(spoken))].sort();
}

/** Rights of a role, those of smaller roles left out, that none of the users of a run has used: 'delete namespaces'. */
export async function unusedOf(layout: Layout, role: RoleName, users: readonly Account[]): Promise<readonly string[]> {
  const requests = (await Promise.all(users.map(({ user }) => auditedRequests(layout, user)))).flat();
  const used = new Set(requests.filter(({ code }) => code !== 403).map(spoken));
  const own = needsOf(role).filter((need) => need.role === role);
  const rights = own.flatMap(({ group, resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => nameOf(verb, resource, group))),
  );
  return [...new Set(rights)].filter((right) => !used.has(right)).sort();
}
