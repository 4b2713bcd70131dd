import type { KubeObject } from '../../../src/kube/api.ts';
import { textAt, type JsonObject } from '../../store/json.ts';
import { revisionLabel } from '../charts/control-plane.ts';
import type { Labels } from '../charts/labels.ts';
import type { InjectorSettings } from './settings.ts';

/** Labels by which a pod names itself and its version, the best first; what none says is the last resort. */
const nameLabels = ['service.istio.io/canonical-name', 'app.kubernetes.io/name', 'app'];
const versionLabels = ['service.istio.io/canonical-revision', 'app.kubernetes.io/version', 'version'];

function firstOf(labels: Labels, keys: readonly string[], otherwise: string): string {
  return keys.map((key) => labels[key]).find((value) => value !== undefined && value !== '') ?? otherwise;
}

/** Labels that injection adds. A gateway speaks no mutual TLS to its clients and so gets no tlsMode. */
export function injectedLabels(pod: KubeObject, kind: 'sidecar' | 'gateway', workload: string, hbone: boolean): Labels {
  const labels = pod.metadata.labels ?? {};
  return {
    ...labels,
    ...(kind === 'sidecar' ? { 'security.istio.io/tlsMode': 'istio' } : {}),
    ...(hbone && kind === 'sidecar' ? { 'networking.istio.io/tunnel': 'http' } : {}),
    'service.istio.io/canonical-name': firstOf(labels, nameLabels, workload),
    'service.istio.io/canonical-revision': firstOf(labels, versionLabels, 'latest'),
  };
}

/** Names that injection added, as annotation sidecar.istio.io/status lists them; none is null. */
export interface AddedNames {
  readonly initContainers: readonly string[];
  readonly containers: readonly string[];
  readonly volumes: readonly string[];
}

function statusOf(added: AddedNames, revision: string): string {
  const orNull = (names: readonly string[]): readonly string[] | null => (names.length === 0 ? null : names);
  return JSON.stringify({
    initContainers: orNull(added.initContainers),
    containers: orNull(added.containers),
    volumes: orNull(added.volumes),
    imagePullSecrets: null,
    revision,
  });
}

/** Annotations that every injected pod has: the real revision, never the tag, and what was added. */
export function injectedAnnotations(settings: InjectorSettings, added: AddedNames): Labels {
  const revision = revisionLabel(settings);
  return { 'istio.io/rev': revision, 'sidecar.istio.io/status': statusOf(added, revision) };
}

/** Annotations that make `kubectl logs` and `exec` choose the application, unless the pod says which. */
export function defaultContainer(pod: KubeObject, containers: readonly JsonObject[]): Labels {
  const first = containers.map((one) => textAt(one, 'name')).find((name) => name !== 'istio-proxy');
  const annotations = pod.metadata.annotations ?? {};
  const chosen = annotations['kubectl.kubernetes.io/default-container'] ?? first;
  if (chosen === undefined) return {};
  const logs = annotations['kubectl.kubernetes.io/default-logs-container'] ?? chosen;
  return { 'kubectl.kubernetes.io/default-container': chosen, 'kubectl.kubernetes.io/default-logs-container': logs };
}
