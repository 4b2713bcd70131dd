/** Whether control planes run, answer and stay up. */
import type { PodFact } from '../../../mesh/facts.ts';
import { plural } from '../../../report/words.ts';
import type { Check, Finding } from '../../check.ts';
import { listed } from '../data-plane/words.ts';
import { kubectl, objectOf, runningPlanes } from './planes.ts';

/** Ready replicas. */
export const planeIsReady: Check = {
  id: 'ML-P001',
  title: 'every control plane has all its replicas ready, and no rollout of it is under way',
  looksAt:
    'spec.replicas against status.readyReplicas, updatedReplicas and observedGeneration of every Deployment of istiod.',
  why: 'With no replica ready, pods are refused or start without a sidecar, and proxies get no certificates. An upgrade on top of a rollout that hangs cannot be told from it.',
  remedy: 'Bring the control plane up, or let its rollout end, before anything else is done.',
  source: 'istio/istio issues 40134, 44157',
  severities: ['blocks', 'warns'],
  needs: ['deployments'],
  pains: ['P18'],
  run: (view) =>
    runningPlanes(view).flatMap(({ plane, fact }): Finding[] => {
      const { replicas, readyReplicas } = plane;
      const whole = readyReplicas >= replicas && fact.observed && (fact.updatedReplicas ?? replicas) >= replicas;
      if (whole) return [];
      const state = `${String(readyReplicas)} of ${plural(replicas, 'replica')} ready, ${String(fact.updatedReplicas ?? 0)} of the newest template`;
      const trouble = fact.troubles.map(({ type, reason }) => `${type} ${reason}`).join(', ');
      return [
        {
          ...{ severity: readyReplicas === 0 ? 'blocks' : 'warns', object: objectOf(plane) },
          ...{ field: 'status.readyReplicas', value: String(readyReplicas) },
          message: `It is not whole: ${state}${trouble === '' ? '' : ` (${trouble})`}.`,
          why:
            readyReplicas === 0
              ? 'Nobody injects, validates or gives out certificates: pods that restart now do not come up.'
              : 'Its rollout is under way or hangs, and an upgrade would be built on it.',
          remedy: `${kubectl(plane, 'rollout status')} --timeout=60s; when it hangs: ${kubectl(plane, 'describe')}`,
        },
      ];
    }),
};

/** Waiting reasons that do not end by themselves (kubelet: pkg/kubelet/images, pkg/kubelet/kuberuntime). */
const stuck: Readonly<Record<string, string>> = {
  ImagePullBackOff: 'its image cannot be pulled',
  ErrImagePull: 'its image cannot be pulled',
  InvalidImageName: 'the name of its image is no name',
  ErrImageNeverPull: 'its image is not on the node and may not be pulled',
  CrashLoopBackOff: 'it ends again and again',
  CreateContainerConfigError: 'a ConfigMap, Secret or key that it names is missing',
  CreateContainerError: 'its container cannot be made',
  RunContainerError: 'its container cannot be started',
};

function isPart({ discoveryImage, cniImage, meta }: PodFact): boolean {
  return discoveryImage !== '' || cniImage !== '' || meta.labels['app'] === 'ztunnel';
}

/** Pods of the control plane that do not start. */
export const podsStart: Check = {
  id: 'ML-P002',
  title: 'every pod of istiod, istio-cni and ztunnel gets its image and starts',
  looksAt: 'status.containerStatuses[].state.waiting.reason of the pods of istiod, istio-cni and ztunnel.',
  why: 'A tag that does not exist, a registry that refuses, or a key that a ConfigMap lacks stops a rollout half-way; old pods hide it as long as they live.',
  remedy: 'Mend the image reference or the missing object, and let the rollout end.',
  source: 'istio/istio issues 51930, 54846, 34795',
  severities: ['blocks'],
  needs: ['pods'],
  pains: ['P35', 'P44'],
  run: ({ facts }) =>
    facts.pods.items
      .filter((pod) => isPart(pod) && !pod.deleting && pod.waiting in stuck)
      .map(({ meta, waiting, discoveryImage, cniImage, proxy }): Finding => ({
        ...{ severity: 'blocks', object: { kind: 'Pod', namespace: meta.namespace, name: meta.name } },
        ...{ field: 'status.containerStatuses[].state.waiting.reason', value: waiting },
        message: `It does not start: ${stuck[waiting] ?? waiting} (${waiting}).`,
        why: 'The rollout that it belongs to never ends, and where it runs there is no such part of the mesh.',
        remedy: `kubectl -n ${meta.namespace} describe pod ${meta.name}; then mend image ${discoveryImage || cniImage || (proxy?.image ?? '')} or what it names with the tool that installed it`,
      })),
};

/** Number of restarts from which on it is worth a word, and from which on a person should look. */
const [someRestarts, manyRestarts] = [3, 10];

/** Restarts. */
export const planeStaysUp: Check = {
  id: 'ML-P003',
  title: 'no pod of a control plane was restarted again and again',
  looksAt: 'status.containerStatuses[].restartCount of the pods of istiod: three and more, ten and more.',
  why: 'istiod that is killed for its memory, or fails its probe, does so most when all proxies connect anew, which is what an upgrade makes them do.',
  remedy: 'Find out what ends it; give it more memory or more replicas before the upgrade.',
  source: 'istio/istio issues 58180, 54970, 60629',
  severities: ['warns', 'informs'],
  needs: ['pods'],
  pains: ['P14'],
  run: ({ facts }) =>
    facts.pods.items
      .filter(
        ({ discoveryImage, deleting, restarts }) => discoveryImage !== '' && !deleting && restarts >= someRestarts,
      )
      .map(({ meta, restarts }): Finding => ({
        severity: restarts >= manyRestarts ? 'warns' : 'informs',
        object: { kind: 'Pod', namespace: meta.namespace, name: meta.name },
        ...{ field: 'status.containerStatuses[].restartCount', value: String(restarts) },
        message: `Its containers were restarted ${plural(restarts, 'time')}.`,
        why: 'What ends it may be load, and the upgrade brings more of it when proxies connect anew.',
        remedy: `kubectl -n ${meta.namespace} describe pod ${meta.name} | grep -A6 "Last State" says why it ended; OOMKilled: raise its memory`,
      })),
};

/** Ready pods that do not answer. */
export const planeAnswers: Check = {
  id: 'ML-P004',
  title: 'every ready pod of istiod answers when it is asked for its version and its proxies',
  looksAt: 'Answers of every ready pod of istiod to /version and /debug/syncz.',
  why: 'Without them nobody can tell which proxies hang on it: a revision that looks unused may be in use.',
  remedy: 'Allow access to its debug endpoints, or find out why it does not answer.',
  source: 'istio.io 1.29 upgrade notes (ENABLE_DEBUG_ENDPOINT_AUTH); kiali/kiali issue 9296',
  severities: ['warns'],
  needs: ['deployments', 'pods', 'istiods'],
  pains: ['P46'],
  run: ({ mesh }) =>
    mesh.controlPlanes.flatMap((plane): Finding[] => {
      const silent = plane.pods.filter(({ ready, answered }) => ready && !answered);
      const [first] = silent;
      if (first === undefined) return [];
      return [
        {
          ...{ severity: 'warns', object: objectOf(plane), field: 'status', value: first.error },
          message: `No answer from ${listed(silent.map(({ name }) => name))}: ${first.error.replace(/\.$/, '')}.`,
          why: 'Which proxies are connected to it is not known, so nothing can be said of them, and it may not be removed.',
          remedy: `kubectl -n ${plane.namespace} port-forward pod/${first.name} 15014 & curl -s localhost:15014/version; for 401 and 403 add the namespace to DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES or use a token`,
        },
      ];
    }),
};
