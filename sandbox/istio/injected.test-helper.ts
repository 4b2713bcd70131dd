/** Injects the recorded pod templates anew and compares the result with the recorded pods. */
import { InvalidInput } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { objectAt, objectsAt, type JsonObject } from '../store/json.ts';
import { inject } from './inject.ts';
import { byId, compare, recordedObjects, withDefaults, type Comparison } from './recorded.test-helper.ts';
import { lab } from './situations.test-helper.ts';

const versions: Readonly<Record<string, string>> = { '1-29-6': '1.29.6', '1-30-3': '1.30.3', default: '1.29.6' };

/** Labels that the controllers give to pods besides those of the template. */
const controllerLabels = [
  'pod-template-hash',
  'controller-revision-hash',
  'apps.kubernetes.io/pod-index',
  'statefulset.kubernetes.io/pod-name',
];

/** The ReplicaSet or StatefulSet that made a pod: its template is the pod's, whatever the Deployment says by now. */
function templateOf(pod: KubeObject, objects: readonly KubeObject[]): JsonObject {
  const owner = pod.metadata.ownerReferences?.[0];
  const found = byId(objects, `${owner?.kind ?? ''} ${pod.metadata.namespace ?? ''}/${owner?.name ?? ''}`);
  return objectAt(found, 'spec', 'template') ?? {};
}

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * What the API server's ServiceAccount plug-in does to a pod before the webhooks, and again after them: every
 * container without the token's mount gets it.
 */
function withToken(pod: KubeObject, recorded: KubeObject): KubeObject {
  const isToken = (volume: JsonObject): boolean => String(volume['name']).startsWith('kube-api-access-');
  const token = objectsAt(recorded, 'spec', 'volumes').find(isToken);
  const mount = { mountPath: tokenPath, name: token?.['name'], readOnly: true };
  const spec: JsonObject = { ...objectAt(pod, 'spec') };
  for (const list of ['initContainers', 'containers'].filter((name) => spec[name] !== undefined)) {
    spec[list] = objectsAt(spec, list).map((container) => {
      const mounts = objectsAt(container, 'volumeMounts');
      if (mounts.some((one) => one['mountPath'] === tokenPath)) return container;
      return { ...container, volumeMounts: [...mounts, mount] };
    });
  }
  const volumes = objectsAt(spec, 'volumes');
  if (!volumes.some(isToken)) spec['volumes'] = [...volumes, token];
  return { ...pod, spec };
}

/** The pod as the API server sends it to the webhook. */
export function requested(recorded: KubeObject, objects: readonly KubeObject[]): KubeObject {
  const template = templateOf(recorded, objects);
  const { name, namespace = '', ownerReferences = [], generateName, labels: all = {} } = recorded.metadata;
  const given = Object.fromEntries(Object.entries(all).filter(([key]) => controllerLabels.includes(key)));
  const owner = ownerReferences[0];
  const stateful = owner?.kind === 'StatefulSet';
  const labels = { ...(objectAt(template, 'metadata', 'labels') as Record<string, string>), ...given };
  const annotations = objectAt(template, 'metadata', 'annotations') as Record<string, string> | undefined;
  const metadata = {
    name: stateful ? name : '',
    namespace,
    generateName,
    ownerReferences,
    labels,
    ...(annotations === undefined ? {} : { annotations }),
  };
  const identity = stateful ? { hostname: name, subdomain: owner.name } : {};
  const spec = { ...objectAt(template, 'spec'), ...identity };
  return withToken(withDefaults({ apiVersion: 'v1', kind: 'Pod', metadata, spec }), recorded);
}

/** One comparison for each injected pod of a recorded moment. */
export function injectAsRecorded(moment: string): Comparison[] {
  const objects = recordedObjects(moment);
  const injected = objects.filter(
    ({ kind, metadata }) => kind === 'Pod' && metadata.annotations?.['sidecar.istio.io/status'] !== undefined,
  );
  return injected.map((recorded) => {
    const label = recorded.metadata.annotations?.['istio.io/rev'] ?? '';
    const revision = label === 'default' ? '' : label;
    const settings = { ...lab, revision, version: versions[label] ?? '', native: true };
    const result = inject(requested(recorded, objects), recorded.metadata.namespace ?? '', settings);
    if (result.kind !== 'injected') throw new InvalidInput(`${recorded.metadata.name} was not injected`);
    return compare(withToken(result.pod, recorded), recorded);
  });
}
