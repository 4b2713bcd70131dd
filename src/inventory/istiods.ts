/** Asks every istiod pod for its version and for its proxies; one that does not answer costs its deadline, nothing more. */
import { Aborted, MeshliftError, Transient, explain } from '../errors.ts';
import type { CallOptions, KubeApi, PortAnswer } from '../kube/api.ts';
import type { IstiodFact, PodFact } from '../mesh/facts.ts';
import { synczReader } from './syncz.ts';

/** Port of istiod with /version, /metrics and /debug (pilot/pkg/bootstrap/monitoring.go). */
const monitoringPort = 15014;

interface Answer<T> {
  readonly value: T | null;
  readonly error: string;
}

/**
 * What one istiod says, with `deadlineMs` for each of two requests at once. Never fails but with Aborted. Debug endpoints go
 * through a port-forward: through the API server's proxy istiod answers 401, because the token does not arrive.
 */
export async function askIstiod(api: KubeApi, pod: PodFact, options: CallOptions): Promise<IstiodFact> {
  if (pod.phase !== 'Running') return silentIstiod(pod, `pod is ${pod.phase || 'of unknown phase'}`);
  const [version, syncz] = await Promise.all([askVersion(api, pod, options), askSyncz(api, pod, options)]);
  const errors = [...new Set([version.error, syncz.error])].filter((error) => error !== '');
  return { ...place(pod), version: version.value, syncz: syncz.value, error: errors.join('; ') };
}

/** An istiod that gave no answer. */
export function silentIstiod(pod: PodFact, error: string): IstiodFact {
  return { ...place(pod), version: null, syncz: null, error };
}

/** Whether a pod of istiod should answer: one that ended (evicted, for example) never will. */
export function shouldAnswer(pod: PodFact): boolean {
  return pod.phase !== 'Succeeded' && pod.phase !== 'Failed';
}

/** By namespace and pod. */
export function byPlace(a: IstiodFact, b: IstiodFact): number {
  const left = `${a.namespace}/${a.pod}`;
  const right = `${b.namespace}/${b.pod}`;
  return left < right ? -1 : left > right ? 1 : 0;
}

function place(pod: PodFact): Pick<IstiodFact, 'namespace' | 'pod' | 'revision'> {
  return {
    namespace: pod.meta.namespace,
    pod: pod.meta.name,
    revision: pod.meta.labels['istio.io/rev'] ?? 'default',
  };
}

function askVersion(api: KubeApi, pod: PodFact, options: CallOptions): Promise<Answer<string>> {
  const where = { namespace: pod.meta.namespace, pod: pod.meta.name, port: monitoringPort };
  const proxied = { kind: 'pods', namespace: pod.meta.namespace, name: pod.meta.name, port: monitoringPort } as const;
  return attempt('/version', parseVersion, async () => {
    try {
      return await api.forwardedRequest(where, '/version', options);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      return api.proxyGet(proxied, '/version', options);
    }
  });
}

function askSyncz(api: KubeApi, pod: PodFact, options: CallOptions): Promise<Answer<NonNullable<IstiodFact['syncz']>>> {
  const where = { namespace: pod.meta.namespace, pod: pod.meta.name, port: monitoringPort };
  const reader = synczReader();
  const ask = () => api.forwardedRequest(where, '/debug/syncz', { ...options, onBody: (piece) => reader.push(piece) });
  return attempt('/debug/syncz', () => reader.end(), ask);
}

async function attempt<T>(
  path: string,
  parse: (body: string) => T | null,
  ask: () => Promise<PortAnswer>,
): Promise<Answer<T>> {
  try {
    const answer = await ask();
    if (answer.status !== 200) return { value: null, error: `${path} answered ${String(answer.status)}` };
    const value = parse(answer.body);
    return { value, error: value === null ? `${path} answered something unreadable` : '' };
  } catch (error) {
    if (error instanceof Aborted || !(error instanceof MeshliftError)) throw error;
    return { value: null, error: `${path}: ${whyNot(error)}` };
  }
}

function whyNot(error: MeshliftError): string {
  return isForbidden(error) ? `forbidden: ${explain(error)}` : explain(error);
}

function isForbidden(error: unknown): boolean {
  return error instanceof MeshliftError && !(error instanceof Transient) && error.status === 403;
}

function parseVersion(body: string): string | null {
  const version = body.trim();
  return /^\S{1,200}$/.test(version) ? version : null;
}
