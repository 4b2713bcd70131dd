/** Old proxies against the new control plane: the only way to know that they take its configuration. */
import { Blocked, Conflict, InvalidInput, explain } from '../errors.ts';
import { record, text } from '../inventory/json.ts';
import { parseSyncz } from '../inventory/syncz.ts';
import type { KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import type { SyncEntry } from '../mesh/facts.ts';
import { find, removeSame } from './change.ts';
import { istiodDeployment } from './istiod-names.ts';
import { askPod, istiodMetrics, isReadyPod, podsOf, whyNotRunning } from './istiod-pods.ts';
import { plural } from './plural.ts';
import { counter, rejects } from './proof-metrics.ts';
import { dryRunPod } from './proof-injection.ts';
import { imageOf, injectedProxy, shadowPod, type ImageWay, type Shadow } from './proof-pods.ts';
import { marks } from './proof-place.ts';
import type { ProveControlPlane } from './spec.ts';
import type { StepContext, View } from './step.ts';
import { waitFor } from './wait.ts';

/** Seconds until an old proxy must be ready: image pull, start, first configuration. */
const timeoutSeconds = 180;

/** Each becomes ready, is listed in sync, and the count of refused configurations did not rise. @throws Blocked with the proxy */
export async function proveShadows(context: StepContext, view: View, spec: ProveControlPlane): Promise<void> {
  const shadows = shadowsOf(context, view, spec);
  if (shadows.length === 0) return;
  const refused = async () => {
    const texts = await istiodMetrics(context, istiodDeployment(spec.namespace, spec.revision));
    return texts.reduce((sum, text) => sum + counter(text, rejects), 0);
  };
  const before = await refused();
  const pods: (readonly [Shadow, KubeObject])[] = [];
  for (const shadow of shadows) pods.push([shadow, await start(context, shadow, spec.revision)]);
  for (const [shadow, pod] of pods) {
    const object = nameOf(shadow);
    const remedy = `See the logs of the pod and of istiod ${spec.revision}; look for an EnvoyFilter or WasmPlugin that fits one version only.`;
    const wait = { object, until: `is ready and in sync with ${spec.revision}`, seconds: timeoutSeconds, remedy };
    await waitFor(context, wait, async () => {
      const rise = (await refused()) - before;
      if (rise > 0) throw rejected(shadow, spec, rise);
      return (await standing(context, pod)) ?? notInSync(context, spec, shadow, pod);
    });
    context.evidence(`shadow ${shadow.role} ${shadow.version}`, 'ready, in sync, nothing refused');
  }
}

function nameOf({ role, version }: Shadow): string {
  return `${role} with proxy ${version}`;
}

function rejected(shadow: Shadow, { revision, version }: ProveControlPlane, rise: number): Blocked {
  const message =
    `Configuration of control plane ${revision} (${version}) was refused ${plural(rise, 'time')} while a ` +
    `${nameOf(shadow)} connected to it (${rejects}).`;
  const remedy = 'Do not move workloads with such proxies to it: see the log of the proxy for what it refuses.';
  return new Blocked(message, { object: nameOf(shadow), remedy });
}

function shadowsOf(context: StepContext, { facts, mesh }: View, spec: ProveControlPlane): Shadow[] {
  return spec.proxies.flatMap((wanted) => {
    const image = imageOf(facts, mesh, wanted);
    if (image !== null) return [{ ...wanted, image }];
    if (facts.pods.unread !== null) {
      const object = `${wanted.role} with proxy ${wanted.version}`;
      const remedy = 'Give the right to list pods, and try again.';
      throw new Blocked(`The image of ${object} could not be read: ${facts.pods.unread}.`, { object, remedy });
    }
    context.note(`No ${wanted.role} with proxy ${wanted.version} runs any more: nothing to prove for it`);
    return [];
  });
}

/** @returns the pod as it was asked for: it can be made again from it */
async function start(context: StepContext, shadow: Shadow, revision: string): Promise<KubeObject> {
  const way = await imageWay(context, shadow, revision);
  const pod = shadowPod(shadow, revision, way);
  const annotations = { ...pod.metadata.annotations, ...marks(context) };
  const marked: KubeObject = { ...pod, metadata: { ...pod.metadata, annotations } };
  await make(context, marked);
  return marked;
}

// Nobody else makes pods of this name here: one that is there is our own of a lost reply.
async function make(context: StepContext, pod: KubeObject): Promise<void> {
  await context.api.create(resources.pods, pod, { signal: context.signal }).catch((error: unknown) => {
    if (!(error instanceof Conflict)) throw error;
  });
}

/**
 * Null when the pod is there and may become ready. A node that was drained or lost, or an eviction, says nothing of the proxy:
 * the pod is made again.
 */
async function standing(context: StepContext, made: KubeObject): Promise<string | null> {
  const { name, namespace = '' } = made.metadata;
  const pod = await find(context, { resource: resources.pods, namespace, name });
  if (pod === null) {
    await make(context, made);
    return 'it was gone, and is made again';
  }
  if (pod.metadata.deletionTimestamp !== undefined) return 'it is ending, and will be made again';
  const { phase, reason } = record(pod['status']);
  if (phase !== 'Failed' && phase !== 'Succeeded') return null;
  await removeSame(context, resources.pods, pod);
  return `it ended (${text(phase)}${text(reason) === '' ? '' : `, ${text(reason)}`}), and will be made again`;
}

/** The first way that really gives the old image; an injection template of the user's may not know the annotation. */
async function imageWay(context: StepContext, shadow: Shadow, revision: string): Promise<ImageWay> {
  const first = await tried(context, shadow, revision, 'annotation');
  if (first.version === shadow.version) return 'annotation';
  const second = await tried(context, shadow, revision, first.form);
  if (second.version === shadow.version) return first.form;
  const message = `Injection of revision ${revision} gives image ${second.image} to a pod that asks for ${shadow.image}.`;
  const remedy = 'Its injection template lets no pod choose its proxy: try an old proxy by hand before going on.';
  throw new Blocked(message, { object: nameOf(shadow), remedy });
}

async function tried(context: StepContext, shadow: Shadow, revision: string, way: ImageWay) {
  const result = await dryRunPod(context, shadowPod(shadow, revision, way));
  const proxy = result instanceof InvalidInput ? null : injectedProxy(result);
  if (proxy !== null && proxy.revision === revision) return proxy;
  const why = result instanceof InvalidInput ? explain(result) : `its proxy is made by ${proxy?.revision ?? 'nobody'}`;
  const remedy = `See ConfigMap istio-sidecar-injector-${revision}.`;
  throw new Blocked(`A pod for a ${nameOf(shadow)} cannot be made: ${why}`, { object: nameOf(shadow), remedy });
}

async function notInSync(context: StepContext, spec: ProveControlPlane, shadow: Shadow, made: KubeObject) {
  const { name, namespace = '' } = made.metadata;
  const pod = await find(context, { resource: resources.pods, namespace, name });
  if (pod === null) return 'it is gone';
  if (!isReadyPod(pod)) return whyNotRunning(context, [pod]);
  const deployment = istiodDeployment(spec.namespace, spec.revision);
  const answers = await Promise.all(
    (await podsOf(context, deployment)).map((istiod) => askPod(context, istiod, '/debug/syncz')),
  );
  const entries = answers.flatMap((answer) => entriesOf(answer));
  const mine = entries.find((entry) => entry.pod === name && entry.namespace === namespace);
  if (mine === undefined) return `it is not connected to revision ${spec.revision}`;
  if (mine.version !== shadow.version) return `it runs ${mine.version}`;
  return mine.stale.length === 0 ? null : `it has not taken ${mine.stale.join(', ')}`;
}

function entriesOf(answer: string): readonly SyncEntry[] {
  try {
    return parseSyncz(JSON.parse(answer)) ?? [];
  } catch {
    return [];
  }
}
