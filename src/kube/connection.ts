/** From kubeconfig files, or the pod's own service account, to a server with credentials. */
import { credentialSource } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { type ConnectOptions, loadCluster } from './kubeconfig.ts';

export type { ConnectOptions } from './kubeconfig.ts';

/** A server and how to be let in. */
export interface Connection {
  /** Name of the context, 'in-cluster' for a pod's own. */
  readonly context: string;
  /** Name of the cluster in the kubeconfig. */
  readonly cluster: string;
  /** URL without a slash at its end; may have a path. */
  readonly server: string;
  /** `proxy-url` of the cluster. */
  readonly proxyUrl: string | undefined;
  /**
   * Headers and TLS options for the next request. Throws Blocked when a credential plugin or token refresh fails,
   * InvalidInput when a certificate or token file cannot be read.
   */
  credentials(): Promise<Credentials>;
  /** Forgets cached credentials: after a 401. */
  forgetCredentials(): void;
}

/**
 * Reads the configuration and chooses the context; does not talk to the server, nor run plugins. Throws InvalidInput for
 * a missing or malformed file, an unknown context, or none at all.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const target = await loadCluster(options);
  const source = await credentialSource(target, options.requestTimeoutMs ?? 30_000);
  return {
    context: target.context,
    cluster: target.cluster.name,
    server: target.cluster.server,
    proxyUrl: target.cluster.proxyUrl,
    ...source,
  };
}
