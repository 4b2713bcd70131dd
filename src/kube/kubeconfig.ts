/**
 * Kubeconfig files: found, read, merged and cut down to the one context that is used. Merging and path rules are those of
 * client-go (tools/clientcmd): the first file that names a thing wins, relative paths are relative to their file.
 */
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { Cluster, Context, User } from '@kubernetes/client-node';
import { InvalidInput } from '../errors.ts';
import { isRecord } from './status-error.ts';

/** Where to find the cluster and whom to be there. Values of the environment come in as strings. */
export interface ConnectOptions {
  /** The file the person named; nothing else is read then. */
  readonly kubeconfig?: string;
  /** Value of KUBECONFIG: paths with the platform's delimiter; those that are missing are skipped, the first of a name wins. */
  readonly kubeconfigEnv?: string;
  /** The person's home: `.kube/config` in it is read when neither of the above is given. */
  readonly home?: string;
  /** In a pod, used when no kubeconfig was found. */
  readonly inCluster?: InCluster;
  /** Default: the current context of the files. */
  readonly context?: string;
  /** Impersonated user; replaces what the kubeconfig impersonates. */
  readonly asUser?: string;
  /** Impersonated groups; need a user. */
  readonly asGroups?: readonly string[];
  /** Milliseconds that a credential plugin or a token refresh may take. Default 30,000. */
  readonly requestTimeoutMs?: number;
}

/** How a pod finds its API server: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
interface InCluster {
  readonly host: string;
  readonly port: string;
  /** Folder with `token` and `ca.crt`. Default '/var/run/secrets/kubernetes.io/serviceaccount'. */
  readonly serviceAccountDir?: string;
}

/** Whom to be for the server, besides the credential. */
export interface Impersonation {
  readonly user: string;
  readonly groups: readonly string[];
}

/** One context, resolved. */
export interface ClusterTarget {
  readonly context: string;
  readonly cluster: Cluster;
  readonly user: User;
  readonly impersonation: Impersonation | undefined;
}

/** The sections of one file after parsing, or of several after merging. */
interface Config {
  readonly clusters: readonly Cluster[];
  readonly users: readonly User[];
  readonly contexts: readonly Context[];
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly currentContext: string | undefined;
}

const IN_CLUSTER = 'in-cluster';
const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Finds the context to use. Throws InvalidInput as `connect` says. */
export async function loadCluster(options: ConnectOptions): Promise<ClusterTarget> {
  if (options.asGroups?.length && !options.asUser) {
    throw new InvalidInput('Impersonated groups need an impersonated user.', { remedy: 'Name the user as well.' });
  }
  const files = await readFiles(options);
  if (files.length === 0) {
    if (options.inCluster) return inCluster(options.inCluster, options);
    throw new InvalidInput('No kubeconfig was found.', {
      remedy: 'Name one with --kubeconfig, or set KUBECONFIG.',
    });
  }
  const configs = await Promise.all(files.map(async (file) => parseConfig(file)));
  return choose(configs.reduce(merge), files.map((file) => file.path).join(', '), options);
}

interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

async function readFiles(options: ConnectOptions): Promise<readonly ConfigFile[]> {
  if (options.kubeconfig) return [await readConfig(options.kubeconfig)];
  const listed = (options.kubeconfigEnv ?? '').split(delimiter).filter((path) => path !== '');
  if (listed.length > 0) {
    const found = (await Promise.all(listed.map(readIfThere))).filter((file) => file !== undefined);
    if (found.length > 0) return found;
    throw missing(listed.join(', '));
  }
  const standard = options.home ? await readIfThere(join(options.home, '.kube', 'config')) : undefined;
  return standard ? [standard] : [];
}

async function readConfig(path: string): Promise<ConfigFile> {
  const file = await readIfThere(path);
  if (!file) throw missing(path);
  return file;
}

async function readIfThere(path: string): Promise<ConfigFile | undefined> {
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new InvalidInput(`Kubeconfig ${path} cannot be read.`, { object: `file ${path}`, cause: error });
  }
}

function missing(paths: string): InvalidInput {
  return new InvalidInput(`Kubeconfig ${paths} does not exist.`, {
    object: `file ${paths}`,
    remedy: 'Name an existing file with --kubeconfig, or set KUBECONFIG.',
  });
}

async function parseConfig(file: ConfigFile): Promise<Config> {
  const raw = await parseYaml(file);
  const { KubeConfig } = await import('./client-node.ts');
  const config = new KubeConfig();
  try {
    config.loadFromString(JSON.stringify(raw));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw malformed(file.path, said, error);
  }
  const folder = dirname(file.path);
  config.makePathsAbsolute(folder);
  const users = new Map(entries(raw['users']).map((entry) => [entry['name'], entry['user']]));
  const rawUser = (name: string) => {
    const user = users.get(name);
    return isRecord(user) ? user : {};
  };
  return {
    clusters: config.clusters.map(allowPlainHttp),
    users: config.users.map((user) => completeUser(user, rawUser(user.name), folder)),
    contexts: config.contexts,
    groups: new Map(config.users.map((user) => [user.name, strings(rawUser(user.name)['as-groups'])])),
    currentContext: config.currentContext || undefined,
  };
}

async function parseYaml(file: ConfigFile): Promise<Record<string, unknown>> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(file.text, { prettyErrors: true });
  const error = document.errors[0];
  // Only the place: the parser's own message quotes the line, which may hold a token.
  if (error) throw malformed(file.path, `YAML error (${error.code}) in line ${String(error.linePos?.[0].line ?? '?')}`);
  const value: unknown = document.toJS();
  if (!isRecord(value)) throw malformed(file.path, 'it holds no mapping');
  return value;
}

function malformed(path: string, why: string, cause?: unknown): InvalidInput {
  return new InvalidInput(`Kubeconfig ${path} is malformed: ${why}.`, {
    object: `file ${path}`,
    remedy: 'Correct the file, or name another one with --kubeconfig.',
    cause,
  });
}

/** client-node refuses a plain http server unless told to skip a TLS check that does not happen there. */
function allowPlainHttp(cluster: Cluster): Cluster {
  return cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster;
}

/** What client-node leaves out of a user: `tokenFile` read again as it rotates, plugins beside the kubeconfig. */
function completeUser(user: User, raw: Record<string, unknown>, folder: string): User {
  const tokenFile = raw['tokenFile'] ?? raw['token-file'];
  if (typeof tokenFile === 'string' && tokenFile !== '') {
    return withoutToken(user, isAbsolute(tokenFile) ? tokenFile : join(folder, tokenFile));
  }
  const exec: unknown = user.exec;
  if (isRecord(exec) && typeof exec['command'] === 'string' && /[/\\]/.test(exec['command'])) {
    const command = isAbsolute(exec['command']) ? exec['command'] : join(folder, exec['command']);
    return { ...user, exec: { ...exec, command } };
  }
  return user;
}

/** A token file wins over a token (client-go), and client-node sends a token in preference to anything. */
function withoutToken(user: User, tokenFile: string): User {
  return { ...user, token: '', authProvider: { name: 'tokenFile', config: { tokenFile } } };
}

function merge(first: Config, second: Config): Config {
  return {
    clusters: firstOfName([...first.clusters, ...second.clusters]),
    users: firstOfName([...first.users, ...second.users]),
    contexts: firstOfName([...first.contexts, ...second.contexts]),
    groups: new Map([...second.groups, ...first.groups]),
    currentContext: first.currentContext ?? second.currentContext,
  };
}

function firstOfName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return items.filter((item, index) => items.findIndex((other) => other.name === item.name) === index);
}

function choose(config: Config, files: string, options: ConnectOptions): ClusterTarget {
  const name = options.context ?? config.currentContext;
  const known = config.contexts.map((context) => context.name).join(', ') || 'none';
  if (!name) {
    throw new InvalidInput(`${files} names no current context.`, { remedy: `Name one with --context: ${known}.` });
  }
  const context = config.contexts.find((candidate) => candidate.name === name);
  if (!context) {
    throw new InvalidInput(`There is no context ${name} in ${files}.`, {
      object: `context ${name}`,
      remedy: `Name one of these with --context: ${known}.`,
    });
  }
  const cluster = config.clusters.find((candidate) => candidate.name === context.cluster);
  const user = context.user ? config.users.find((candidate) => candidate.name === context.user) : nobody();
  if (!cluster || !user) {
    const absent = cluster ? `user ${context.user}` : `cluster ${context.cluster}`;
    throw malformed(files, `context ${name} names the ${absent}, which is not there`);
  }
  checkServer(cluster, files);
  return { context: name, cluster, user, impersonation: impersonation(options, user, config.groups) };
}

function checkServer(cluster: Cluster, files: string): void {
  const url = URL.canParse(cluster.server) ? new URL(cluster.server) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return;
  throw malformed(files, `the server of cluster ${cluster.name} is no http or https URL`);
}

/** client-node applies neither certificate authority nor TLS options when a context has no user at all. */
function nobody(): User {
  return { name: 'none' };
}

function impersonation(
  options: ConnectOptions,
  user: User,
  groups: ReadonlyMap<string, readonly string[]>,
): Impersonation | undefined {
  if (options.asUser) return { user: options.asUser, groups: options.asGroups ?? [] };
  return user.impersonateUser ? { user: user.impersonateUser, groups: groups.get(user.name) ?? [] } : undefined;
}

function inCluster(pod: InCluster, options: ConnectOptions): ClusterTarget {
  const folder = pod.serviceAccountDir ?? SERVICE_ACCOUNT_DIR;
  const host = pod.host.includes(':') ? `[${pod.host}]` : pod.host;
  const cluster: Cluster = {
    name: IN_CLUSTER,
    server: `https://${host}:${pod.port}`,
    caFile: join(folder, 'ca.crt'),
    skipTLSVerify: false,
  };
  const user = withoutToken({ name: IN_CLUSTER }, join(folder, 'token'));
  return { context: IN_CLUSTER, cluster, user, impersonation: impersonation(options, user, new Map()) };
}

function entries(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
