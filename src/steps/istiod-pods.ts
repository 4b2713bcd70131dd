/** The pods of one control plane, asked one by one. */
import { MeshliftError, NotFound, Transient, explain } from '../errors.ts';
import { list, record, records, text } from '../inventory/json.ts';
import type { KubeObject, ObjectRef } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import { serverVersion } from '../mesh/versions.ts';
import { listed } from './change.ts';
import type { StepContext } from './step.ts';

/** Port of istiod with /version, /metrics and /debug (pilot/pkg/bootstrap/monitoring.go). */
const monitoringPort = 15014;

/** Running or starting pods of a Deployment, by its own selector. @throws NotFound without the Deployment */
export async function podsOf(context: StepContext, deployment: ObjectRef): Promise<KubeObject[]> {
  const { namespace } = deployment;
  const object = await context.api.get(deployment, { signal: context.signal });
  const wanted = record(record(record(object['spec'])['selector'])['matchLabels']);
  const labelSelector = Object.entries(wanted)
    .map(([key, value]) => `${key}=${text(value)}`)
    .join(',');
  const pods = await listed(context, resources.pods, { labelSelector, ...(namespace !== undefined && { namespace }) });
  return pods.filter((pod) => !/^(Succeeded|Failed)$/.test(text(record(pod['status'])['phase'])));
}

/** Whether condition Ready is True and the pod stays. */
export function isReadyPod(pod: KubeObject): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  return records(record(pod['status'])['conditions']).some(
    (one) => one['type'] === 'Ready' && one['status'] === 'True',
  );
}

/**
 * Body of a page of one istiod, through a port-forward: /debug refuses the API server's proxy. A pod that is gone or has not
 * started says nothing yet: another one will.
 * @throws Transient, Blocked
 */
export async function askPod(context: StepContext, pod: KubeObject, path: string): Promise<string> {
  const { name, namespace = '' } = pod.metadata;
  const to = { namespace, pod: name, port: monitoringPort };
  const object = `Pod ${namespace}/${name}`;
  const phase = text(record(pod['status'])['phase']);
  if (phase !== 'Running') throw silent(object, `it is ${phase || 'of no known phase'}`);
  const options = { signal: context.signal, deadlineMs: 5000 };
  const { status, body } = await context.api.forwardedRequest(to, path, options).catch((error: unknown) => {
    throw error instanceof NotFound ? silent(object, 'it is gone', error) : error;
  });
  if (status === 200) return body;
  throw silent(object, `it answered ${String(status)} to ${path}`);
}

function silent(object: string, why: string, cause?: unknown): Transient {
  const remedy = 'Look at its events and its log.';
  return new Transient(`istiod ${object} could not be asked: ${why}.`, { object, remedy, cause });
}

/** /metrics of every pod of a control plane. @throws Transient when one does not answer */
export async function istiodMetrics(context: StepContext, deployment: ObjectRef): Promise<string[]> {
  const pods = await podsOf(context, deployment);
  return Promise.all(pods.map((pod) => askPod(context, pod, '/metrics')));
}

/** Null when every ready pod of the Deployment answers with this version; else why not. */
export async function wrongVersion(context: StepContext, pods: readonly KubeObject[], version: string) {
  for (const pod of pods) {
    const answer = await askPod(context, pod, '/version').catch((error: unknown) => silence(error));
    if (answer === null) return `pod ${pod.metadata.name} does not answer /version`;
    const running = serverVersion(answer);
    if (running !== version) return `pod ${pod.metadata.name} runs ${running ?? answer.trim()}, not ${version}`;
  }
  return null;
}

function silence(error: unknown): null {
  if (error instanceof Transient || error instanceof NotFound) return null;
  throw error;
}

const events = { group: '', version: 'v1', plural: 'events', kind: 'Event', namespaced: true };

/** Why pods do not run, for a person: waiting reasons, unschedulable, and the last warning of each. Never fails but by the signal. */
export async function whyNotRunning(context: StepContext, pods: readonly KubeObject[]): Promise<string> {
  if (pods.length === 0) return 'it has no pods';
  const sick = pods.filter((pod) => !isReadyPod(pod)).slice(0, 3);
  const reasons = await Promise.all(sick.map((pod) => reasonOf(context, pod)));
  return reasons.join('; ') || 'its pods are ready';
}

async function reasonOf(context: StepContext, pod: KubeObject): Promise<string> {
  const { name, namespace = '', uid = '' } = pod.metadata;
  const last = await lastWarning(context, namespace, uid);
  const parts = [...waitingReasons(pod), ...(last === '' ? [] : [last])];
  return `pod ${namespace}/${name}: ${parts.join(', ') || 'not ready'}`;
}

function waitingReasons(pod: KubeObject): string[] {
  const status = record(pod['status']);
  const unscheduled = records(status['conditions'])
    .filter((one) => one['type'] === 'PodScheduled' && one['status'] === 'False')
    .map((one) => [text(one['reason']), text(one['message'])].filter((part) => part !== '').join(': '));
  const containers = [...list(status['initContainerStatuses']), ...list(status['containerStatuses'])].map(record);
  const waits = containers.flatMap((one) => {
    const { reason, message } = record(record(one['state'])['waiting']);
    // Later containers only wait for the one that has the trouble.
    if (text(reason) === '' || /^(PodInitializing|ContainerCreating)$/.test(text(reason))) return [];
    return [`${text(one['name'])} ${text(reason)}${text(message) === '' ? '' : ` (${text(message)})`}`];
  });
  return [...unscheduled, ...waits];
}

async function lastWarning(context: StepContext, namespace: string, uid: string): Promise<string> {
  try {
    const fieldSelector = `involvedObject.uid=${uid}`;
    const found = await listed(context, events, { namespace, fieldSelector });
    const warnings = found.filter((event) => event['type'] === 'Warning');
    const sorted = warnings.sort((a, b) => (stamp(a) < stamp(b) ? -1 : 1));
    return text(sorted.at(-1)?.['message']);
  } catch (error) {
    if (error instanceof MeshliftError && error.errorClass !== 'Aborted') {
      return `its events could not be read: ${explain(error)}`;
    }
    throw error;
  }
}

function stamp(event: KubeObject): string {
  return text(event['lastTimestamp']) || text(event['eventTime']) || (event.metadata.creationTimestamp ?? '');
}
