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

/** What an account has asked of the API server. */
export interface Asked {
  /** Refused for lack of a right, each once: 'list secrets'. */
  readonly refused: readonly string[];
  /** Rights of its role that nobody has used, not even a user with more of them: 'delete namespaces'. */
  readonly unused: readonly string[];
}

const nameOf = (verb: string, resource: string, group: string): string =>
  `${verb} ${resource}${group === '' ? '' : `.${group}`}`;

const spoken = ({ verb, resource, group, uri }: AuditedRequest): string =>
  resource === '' ? `${verb} ${uri}` : nameOf(verb, resource, group);

/** Compares the audit log with the rules of the role, those of smaller roles left out. `all`: who took part in the run. */
export async function askedBy(layout: Layout, { role, user }: Account, all: readonly Account[]): Promise<Asked> {
  const requests = await auditedRequests(layout, user);
  const everybodys = await Promise.all(all.map((one) => auditedRequests(layout, one.user)));
  const used = new Set(
    everybodys
      .flat()
      .filter(({ code }) => code !== 403)
      .map(spoken),
  );
  const own = needsOf(role).filter((need) => need.role === role);
  const rights = own.flatMap(({ group, resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => nameOf(verb, resource, group))),
  );
  const refused = requests.filter(({ code }) => code === 403).map(spoken);
  return {
    refused: [...new Set(refused)].sort(),
    unused: [...new Set(rights)].filter((right) => !used.has(right)).sort(),
  };
}
