import type { KubeObject } from '../../src/kube/api.ts';

/** A node of the cluster. */
export interface NodeOptions {
  readonly name: string;
  /** Default 8. */
  readonly cpus?: number;
  /** Default '32Gi'. */
  readonly memory?: string;
  /** Default 110. */
  readonly pods?: number;
  /** Added to the labels that every node has. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Default 'v1.34.4'. */
  readonly kubeletVersion?: string;
}

/** A node that is ready. `number` (from 1) gives its address. */
export function nodeObject(options: NodeOptions, number: number): KubeObject {
  const { name, cpus = 8, memory = '32Gi', pods = 110, labels, kubeletVersion = 'v1.34.4' } = options;
  const amounts = { cpu: String(cpus), memory, pods: String(pods), 'ephemeral-storage': '100Gi' };
  const address = `10.10.${(number >> 8) & 255}.${number & 255}`;
  const condition = (type: string, status: string, reason: string) => ({ type, status, reason });
  return {
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        ...labels,
      },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    },
    spec: {},
    status: {
      capacity: amounts,
      allocatable: amounts,
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
        condition('Ready', 'True', 'KubeletReady'),
      ],
      nodeInfo: { kubeletVersion, operatingSystem: 'linux', architecture: 'amd64' },
    },
  };
}

/** So many equal nodes: node-1, node-2 … */
export function plainNodes(count: number): NodeOptions[] {
  return Array.from({ length: count }, (_, index) => ({ name: `node-${index + 1}` }));
}
