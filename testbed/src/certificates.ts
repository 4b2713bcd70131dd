import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { network, nodeName, type Layout } from './layout.ts';
import { run } from './run.ts';

/** A certificate to make, as programs/certs reads it; with `names` it serves as well. */
interface Leaf {
  readonly file: string;
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly names?: readonly string[];
}

const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];

/** Names and groups are those that the API server's RBAC bootstrap roles and the Node authorizer expect. */
const leaves: readonly Leaf[] = [
  {
    file: 'apiserver',
    commonName: 'kube-apiserver',
    names: [...service, network.apiService, network.node, '127.0.0.1', 'localhost'],
  },
  { file: 'apiserver-kubelet', commonName: 'kube-apiserver-kubelet', organizations: ['system:masters'] },
  { file: 'front-proxy', commonName: 'front-proxy-client' },
  { file: 'admin', commonName: 'testbed-admin', organizations: ['system:masters'] },
  {
    file: 'controller-manager',
    commonName: 'system:kube-controller-manager',
    names: ['127.0.0.1', 'localhost'],
  },
  { file: 'scheduler', commonName: 'system:kube-scheduler', names: ['127.0.0.1', 'localhost'] },
  { file: 'proxy', commonName: 'system:kube-proxy' },
  {
    file: 'kubelet',
    commonName: `system:node:${nodeName}`,
    organizations: ['system:nodes'],
    names: [nodeName, network.node],
  },
  // For tests of meshlift's own rights: a user without any.
  { file: 'nobody', commonName: 'testbed-nobody', organizations: ['testbed-users'] },
];

/** Makes all certificates and keys, new ones for every node. */
export async function makeCertificates(layout: Layout, binaries: Binaries): Promise<void> {
  await mkdir(layout.certificates, { recursive: true, mode: 0o700 });
  await run(join(binaries.programs, 'certs'), [layout.certificates], { input: JSON.stringify(leaves) });
}
