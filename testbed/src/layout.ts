import { join } from 'node:path';

/** What of the environment decides where things lie. */
export interface LayoutInput {
  /** The person's home. */
  readonly home: string;
  /** XDG_CACHE_HOME. */
  readonly cacheHome?: string | undefined;
  /** XDG_STATE_HOME. */
  readonly stateHome?: string | undefined;
  /** Folder `testbed` of the checkout. */
  readonly source: string;
  /** As Go names it: 'amd64' or 'arm64'. */
  readonly arch: string;
}

/** Where everything lies. All paths are absolute paths of the machine, unless it says that they are the node's. */
export interface Layout {
  readonly source: string;
  /** Built programs, in a folder per version; kept when the node is taken down. */
  readonly binaries: string;
  /** Logs of the last node that was taken down. */
  readonly lastLogs: string;
  /** All that a running node writes; gone with it. */
  readonly state: string;
  readonly certificates: string;
  readonly logs: string;
  /** Kubeconfig of the administrator. */
  readonly kubeconfig: string;
  readonly auditLog: string;
  readonly arch: string;
}

/** Addresses of the cluster; all of them exist only in network namespaces of ours, or on a bridge of ours. */
export const network = {
  /** Bridge on the machine to which the nodes' cables lead. */
  bridge: 'mltb0',
  /** The machine's own address on that bridge. */
  host: '10.10.0.254',
  nodes: '10.10.0.0/24',
  node: '10.10.0.1',
  /** The machine's end of the node's cable. */
  cable: 'mltb-n1',
  pods: '10.244.0.0/16',
  podBridge: 'pods0',
  services: '10.96.0.0/16',
  apiService: '10.96.0.1',
  dns: '10.96.0.10',
} as const;

/** Name of the node. */
export const nodeName = 'node-1';

/** URL of the API server, from the machine and from the pods. */
export const apiServer = `https://${network.node}:6443`;

/** Where the node sees the state directory: short, because the path of a socket may have 107 characters. */
export const inNode = '/run/testbed';

/** Name of the cgroup under which all pods run. */
export const cgroup = 'meshlift-testbed';

/** Decides where things lie. */
export function layoutOf(input: LayoutInput): Layout {
  const cache = join(input.cacheHome ?? join(input.home, '.cache'), 'meshlift-testbed');
  const state = join(input.stateHome ?? join(input.home, '.local', 'state'), 'meshlift-testbed', 'node');
  return {
    source: input.source,
    binaries: join(cache, 'bin'),
    lastLogs: join(cache, 'last-logs'),
    state,
    certificates: join(state, 'certificates'),
    logs: join(state, 'logs'),
    kubeconfig: join(state, 'kubeconfig'),
    auditLog: join(state, 'logs', 'audit.log'),
    arch: input.arch,
  };
}
