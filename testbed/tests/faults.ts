import { buildBinaries } from '../src/binaries.ts';
import { apiServerReady } from '../src/health.ts';
import { ctr } from '../src/images.ts';
import type { Tools } from '../src/istio/install.ts';
import { hub } from '../src/istio/mesh-images.ts';
import type { Layout } from '../src/layout.ts';
import { signalComponent, startComponent, stopComponent } from '../src/node.ts';
import { progress } from '../src/progress.ts';
import { run, until } from '../src/run.ts';

const quiet = progress(
  () => undefined,
  () => 0,
);

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/**
 * Kills the API server once there is a new pod, by the answer of `made`, and starts it again after some seconds. The kubelet has
 * not seen the pod by then and can't begin it: no other moment holds a renewal up for longer.
 */
export async function withoutApiServer(layout: Layout, seconds: number, made: () => Promise<void>): Promise<void> {
  const binaries = await buildBinaries(layout, quiet);
  await signalComponent(layout, 'kubelet', 'STOP');
  try {
    await made();
    await stopComponent(layout, 'kube-apiserver');
  } finally {
    await signalComponent(layout, 'kubelet', 'CONT');
  }
  await pause(seconds);
  await startComponent(layout, binaries, 'kube-apiserver');
  await apiServerReady(layout);
}

/** Stops the kubelet with SIGSTOP, and lets it go on after some seconds: fewer than those after which its node counts as dead. */
export async function withoutKubelet(layout: Layout, seconds: number): Promise<void> {
  await signalComponent(layout, 'kubelet', 'STOP');
  try {
    await pause(seconds);
  } finally {
    await signalComponent(layout, 'kubelet', 'CONT');
  }
}

/** Runs kubectl as administrator. */
export function kubectl({ env }: Tools, args: readonly string[], input: object | null = null): Promise<string> {
  return run('kubectl', args, { env, ...(input !== null && { input: JSON.stringify(input) }) });
}

/** Takes the proxy's image of a version from the node; nothing can be pulled there. The answer puts it back. */
export async function hideProxyImage(layout: Layout, { istio }: Tools, version: string): Promise<() => Promise<void>> {
  const name = istio.kind === 'real' ? `${istio.hub}/proxyv2:${istio.tag(version)}` : `${hub}/proxyv2:${version}`;
  const aside = 'testbed.local/aside:1';
  await ctr(layout, 'images', 'tag', '--force', name, aside);
  await ctr(layout, 'images', 'rm', '--sync', name);
  return async () => {
    await ctr(layout, 'images', 'tag', '--force', aside, name);
    await ctr(layout, 'images', 'rm', aside);
  };
}

/** Kills the process of a control plane's only pod, and once more when it is up again: the kubelet waits ten seconds then. */
export async function killIstiodTwice(layout: Layout, mesh: Tools, revision: string): Promise<void> {
  const first = await istiod(mesh, revision);
  await ctr(layout, 'tasks', 'kill', '--signal', 'SIGKILL', first);
  let second = '';
  await until('istiod was started again', 30_000, async () => {
    second = await istiod(mesh, revision);
    return second !== '' && second !== first;
  });
  await ctr(layout, 'tasks', 'kill', '--signal', 'SIGKILL', second);
}

/** Id of its running container; '' while none runs. */
async function istiod(mesh: Tools, revision: string): Promise<string> {
  const status = '{.items[*].status.containerStatuses[?(@.state.running)].containerID}';
  const args = ['-n', 'istio-system', 'get', 'pods', '-l', `app=istiod,istio.io/rev=${revision}`];
  return (await kubectl(mesh, [...args, '-o', `jsonpath=${status}`])).trim().replace(/^containerd:\/\//, '');
}

/** Name of what a removed revision left. */
export const leftInjector = 'istio-sidecar-injector-gone';

/** The webhook of a revision that was removed without it (pain P01): it refuses every pod of namespaces with a tag. */
export const leftWebhook = (tag: string) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: leftInjector, labels: { app: 'sidecar-injector', 'istio.io/rev': 'gone' } },
  webhooks: [
    {
      name: 'rev.namespace.sidecar-injector.istio.io',
      clientConfig: { service: { name: 'istiod-gone', namespace: 'istio-system', path: '/inject', port: 443 } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      namespaceSelector: { matchLabels: { 'istio.io/rev': tag } },
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
    },
  ],
});

/** A StatefulSet whose pods are renewed by eviction: its controller replaces them only when they are gone. */
export async function onDelete(mesh: Tools, name: string): Promise<void> {
  const patch = JSON.stringify({ spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } });
  await kubectl(mesh, ['-n', 'shop', 'patch', 'statefulset', name, '--type', 'merge', '-p', patch]);
}

/** A disruption budget that forbids everything. */
export const forbidding = (name: string) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: 'shop' },
  spec: { maxUnavailable: 0, selector: { matchLabels: { app: name } } },
});

/** Names of the shop's pods of a revision. */
export async function podsOf(mesh: Tools, revision: string): Promise<readonly string[]> {
  const path = 'jsonpath={range .items[*]}{.metadata.name} {.metadata.annotations.istio\\.io/rev}{"\\n"}{end}';
  const lines = (await kubectl(mesh, ['-n', 'shop', 'get', 'pods', '-o', path])).split('\n');
  return lines.filter((line) => line.endsWith(` ${revision}`)).map((line) => line.split(' ')[0] ?? '');
}

/** Waits until the kubelet has given up pulling an image of a workload's pod for the first time. */
export async function cannotPull(mesh: Tools, app: string): Promise<void> {
  const path = 'jsonpath={.items[*].status.initContainerStatuses[*].state.waiting.reason}';
  await until(`a pod of ${app} waits for its image`, 60_000, async () => {
    return (await kubectl(mesh, ['-n', 'shop', 'get', 'pods', '-l', `app=${app}`, '-o', path])).includes(
      'ImagePullBackOff',
    );
  });
}
