import { execFile, execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { resources } from '../store/resources.ts';
import type { Store } from '../store/store.ts';
import { createPod, inShop } from '../store/test-cluster.test-helper.ts';
import { kubeconfigFile, withServed } from './served.test-helper.ts';

const run = promisify(execFile);
const program = 'kubectl';

function isInstalled(): boolean {
  try {
    execFileSync(program, ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

type Kubectl = (...words: readonly string[]) => Promise<string>;

/** Runs kubectl against a server of its own; the folder takes its cache and the files to apply. */
async function withKubectl(body: (kubectl: Kubectl, store: Store, folder: string) => Promise<void>): Promise<void> {
  await withServed(async ({ store, url }) => {
    const file = await kubeconfigFile(url);
    const folder = dirname(file.path);
    const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: file.path };
    const kubectl: Kubectl = async (...words) => (await run(program, words, { env, timeout: 20_000 })).stdout;
    try {
      await body(kubectl, store, folder);
    } finally {
      await file.remove();
    }
  });
}

const deployment = (image: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: "${image}"}]}
`;

/** What a kubelet does: a pod that leaves is gone at once. */
function removeLeavingPods(store: Store): void {
  store.watch(resources.pods, {}, (event) => {
    if (event.type !== 'MODIFIED' || event.object.metadata.deletionTimestamp === undefined) return;
    store.delete(inShop(resources.pods, event.object.metadata.name), { gracePeriodSeconds: 0 });
  });
}

describe.skipIf(!isInstalled())('kubectl, where it is installed', () => {
  it('applies on both sides, labels, restarts, scales and deletes', () =>
    withKubectl(async (kubectl, store, folder) => {
      const file = join(folder, 'web.yaml');
      await writeFile(file, deployment('example.com/a:1'));
      expect(await kubectl('apply', '-f', file)).toBe('deployment.apps/web created\n');
      await writeFile(file, deployment('example.com/a:2'));
      expect(await kubectl('apply', '-f', file)).toBe('deployment.apps/web configured\n');
      expect(await kubectl('apply', '-f', file)).toBe('deployment.apps/web unchanged\n');
      expect(await kubectl('apply', '--server-side', '-f', file)).toContain('serverside-applied');
      await kubectl('label', 'namespace', 'shop', 'istio.io/rev=canary');
      expect(store.get({ resource: resources.namespaces, name: 'shop' }).metadata.labels).toMatchObject({
        'istio.io/rev': 'canary',
      });
      await kubectl('-n', 'shop', 'rollout', 'restart', 'deployment/web');
      await kubectl('-n', 'shop', 'scale', 'deployment/web', '--replicas=2');
      const web = store.get(inShop(resources.deployments, 'web'));
      expect(JSON.stringify(web['spec'])).toContain('kubectl.kubernetes.io/restartedAt');
      expect(web['spec']).toMatchObject({ replicas: 2 });
      expect(await kubectl('-n', 'shop', 'get', 'deploy')).toMatch(
        /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +0\/2 /,
      );
      expect(await kubectl('delete', '-f', file, '--timeout=10s')).toContain('deployment.apps "web" deleted');
    }));

  it('waits, describes and drains', () =>
    withKubectl(async (kubectl, store) => {
      store.create(resources.nodes, { metadata: { name: 'node-1' } });
      createPod(store, 'a', {}, true);
      removeLeavingPods(store);
      expect(await kubectl('-n', 'shop', 'wait', 'pod/a', '--for=condition=Ready')).toBe('pod/a condition met\n');
      expect(await kubectl('-n', 'shop', 'describe', 'pod', 'a')).toMatch(/^Name: +a\nNamespace: +shop\n/);
      const drained = await kubectl('drain', 'node-1', '--force', '--timeout=10s');
      expect(drained).toContain('pod/a evicted\nnode/node-1 drained\n');
      expect(await kubectl('get', 'nodes')).toContain('SchedulingDisabled');
    }));
});
