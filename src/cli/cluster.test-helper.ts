/** An API server on loopback that serves what it is given, for tests of whole commands. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What it serves. */
export interface World {
  /** Items by path, for example '/apis/apps/v1/deployments'; any other list is empty. */
  readonly lists?: Readonly<Record<string, readonly unknown[]>>;
  /** Paths that answer 403. */
  readonly forbidden?: readonly string[];
}

/** A running server and a kubeconfig for it. */
export interface TestCluster {
  readonly kubeconfig: string;
  /** Changes what is served from now on. */
  serve(world: World): void;
  close(): Promise<void>;
}

const groups: Readonly<Record<string, readonly string[]>> = {
  apps: ['deployments', 'replicasets', 'daemonsets', 'statefulsets'],
  'admissionregistration.k8s.io': ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
  'apiextensions.k8s.io': ['customresourcedefinitions'],
};

const discovery = {
  kind: 'APIGroupDiscoveryList',
  items: Object.entries(groups).map(([name, plurals]) => ({
    metadata: { name },
    versions: [{ version: 'v1', freshness: 'Current', resources: plurals.map((resource) => ({ resource })) }],
  })),
};

/** Starts it; the kubeconfig is written into `directory`. */
export async function testCluster(directory: string, first: World = {}): Promise<TestCluster> {
  let world = first;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const { status, body } = answer(pathname, world);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigFor(`http://127.0.0.1:${port}`));
  return {
    kubeconfig,
    serve: (next) => {
      world = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A kubeconfig with one context, named test. */
export function kubeconfigFor(server: string): string {
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
    clusters: [{ name: 'test', cluster: { server } }],
    users: [{ name: 'test', user: {} }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
}

function answer(path: string, { lists = {}, forbidden = [] }: World): { status: number; body: unknown } {
  if (path === '/version') return { status: 200, body: { gitVersion: 'v1.34.4' } };
  if (path === '/apis') return { status: 200, body: discovery };
  if (forbidden.includes(path)) {
    const message = `User "viewer" cannot list ${path}`;
    return { status: 403, body: { kind: 'Status', status: 'Failure', reason: 'Forbidden', code: 403, message } };
  }
  return {
    status: 200,
    body: { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '7' }, items: lists[path] ?? [] },
  };
}
