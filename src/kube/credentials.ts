/** Credentials of a user as headers and TLS options, fetched through client-node and kept for a short while. */
import type { Agent, RequestOptions } from 'node:http';
import type { Cluster, KubeConfig, User } from '@kubernetes/client-node';
import { Blocked, InvalidInput, type MeshliftError } from '../errors.ts';
import { withDeadline } from './deadline.ts';
import type { ClusterTarget, Impersonation } from './kubeconfig.ts';
import { isRecord } from './status-error.ts';

/** TLS options as node:tls names them. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** What a request needs to be let in. */
export interface Credentials {
  /** Lower-case names; a list is sent as one header line each. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly tls: TlsMaterial;
  /** Agent that goes through the cluster's proxy, for what does not go through undici. */
  readonly agent?: Agent;
}

/** See `Connection`. */
interface CredentialSource {
  credentials(): Promise<Credentials>;
  forgetCredentials(): void;
}

/** Milliseconds that credentials are used before they are asked for again: below any rotation period in use. */
const KEPT_MS = 30_000;

/** Fetches credentials for the target's user; concurrent askers share one fetch. */
export async function credentialSource(target: ClusterTarget, timeoutMs: number): Promise<CredentialSource> {
  const { KubeConfig: Config } = await import('./client-node.ts');
  const user = withExecInfo(target.user, target.cluster);
  const fresh = () => configOf(new Config(), { ...target, user });
  let config = fresh();
  let kept: { readonly at: number; readonly value: Promise<Credentials> } | undefined;

  const fetchNow = async (): Promise<Credentials> => {
    // Its OIDC refresher takes the new token's lifetime for a point in time; anew it reads the token's own expiry.
    if (providerOf(user) === 'oidc') config = fresh();
    return fetchCredentials(config, target, timeoutMs);
  };
  return {
    credentials() {
      // The age is real time by its nature: the expiry it stands in for is a date in a token.
      if (kept && Date.now() - kept.at < KEPT_MS) return kept.value;
      const value = fetchNow();
      kept = { at: Date.now(), value };
      value.catch(() => (kept = undefined));
      return value;
    },
    forgetCredentials() {
      kept = undefined;
      config = fresh();
    },
  };
}

function configOf(config: KubeConfig, target: ClusterTarget): KubeConfig {
  const { context, cluster, user } = target;
  config.loadFromOptions({
    clusters: [cluster],
    users: [user],
    contexts: [{ name: context, cluster: cluster.name, user: user.name }],
    currentContext: context,
  });
  return config;
}

interface AppliedOptions extends RequestOptions, TlsMaterial {}

async function fetchCredentials(config: KubeConfig, target: ClusterTarget, timeoutMs: number): Promise<Credentials> {
  const options: AppliedOptions = {};
  const { user } = target;
  try {
    await withDeadline(
      {
        signal: undefined,
        deadlineMs: timeoutMs,
        onTimeout: () => new Error(`no answer within ${String(timeoutMs / 1000)} s`),
        what: 'fetch credentials',
      },
      async () => config.applyToHTTPSOptions(options),
    );
  } catch (error) {
    throw credentialError(user, error);
  }
  return {
    headers: { ...authorization(options), ...impersonationHeaders(target.impersonation) },
    tls: tlsOf(options),
    ...(options.agent && typeof options.agent === 'object' ? { agent: options.agent } : {}),
  };
}

function authorization(options: AppliedOptions): Record<string, string> {
  const headers: unknown = options.headers;
  const value = isRecord(headers) ? headers['Authorization'] : undefined;
  // A token file ends with a newline more often than not, which no header may hold.
  if (typeof value === 'string') return { authorization: value.trim() };
  if (!options.auth) return {};
  return { authorization: `Basic ${Buffer.from(options.auth).toString('base64')}` };
}

/** Kubernetes reads one Impersonate-Group header line a group. */
function impersonationHeaders(whom: Impersonation | undefined): Record<string, string | string[]> {
  if (!whom) return {};
  return {
    'impersonate-user': whom.user,
    ...(whom.groups.length > 0 ? { 'impersonate-group': [...whom.groups] } : {}),
  };
}

function tlsOf(options: AppliedOptions): TlsMaterial {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

/** Plugins read their API version, and the cluster when they ask for it, from KUBERNETES_EXEC_INFO (client.authentication.k8s.io). */
function withExecInfo(user: User, cluster: Cluster): User {
  const exec: unknown = user.exec;
  if (!isRecord(exec)) return user;
  const spec = {
    interactive: false,
    ...(exec['provideClusterInfo'] === true ? { cluster: execCluster(cluster) } : {}),
  };
  const info = { apiVersion: exec['apiVersion'], kind: 'ExecCredential', spec };
  const env: unknown[] = Array.isArray(exec['env']) ? exec['env'] : [];
  const added = { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) };
  return { ...user, exec: { ...exec, env: [...env, added] } };
}

function execCluster(cluster: Cluster): Record<string, unknown> {
  return {
    server: cluster.server,
    'insecure-skip-tls-verify': cluster.skipTLSVerify,
    'certificate-authority-data': cluster.caData,
    'tls-server-name': cluster.tlsServerName,
    'proxy-url': cluster.proxyUrl,
  };
}

function providerOf(user: User): string {
  const provider: unknown = user.authProvider;
  return isRecord(provider) ? String(provider['name']) : '';
}

function credentialError(user: User, error: unknown): MeshliftError {
  const said = lastLine(error instanceof Error ? error.message : String(error));
  const object = `user ${user.name}`;
  const exec: unknown = user.exec;
  if (isRecord(exec)) {
    const hint = typeof exec['installHint'] === 'string' ? exec['installHint'].trim() : '';
    return new Blocked(`The credential plugin ${String(exec['command'])} of ${object} failed: ${said}.`, {
      object,
      cause: error,
      remedy: hint || 'Run the plugin by hand, install it or log in again.',
    });
  }
  if (providerOf(user) !== '' && providerOf(user) !== 'tokenFile') {
    const remedy = 'Log in again.';
    return new Blocked(`The ${providerOf(user)} token of ${object} cannot be refreshed: ${said}.`, {
      object,
      cause: error,
      remedy,
    });
  }
  return new InvalidInput(`The credentials of ${object} cannot be read: ${said}.`, {
    object,
    cause: error,
    remedy: 'Correct the file names in the kubeconfig.',
  });
}

function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').trim().replace(/\.$/, '') || 'it said nothing';
}
