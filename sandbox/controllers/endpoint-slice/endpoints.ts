import type { KubeObject } from '../../../src/kube/api.ts';
import { at, objectsAt, textAt, type JsonObject } from '../../store/json.ts';
import { hasEnded, isReady, isTerminating } from '../base/pods.ts';

/** Endpoints that share their ports: what one or more slices hold. */
export interface EndpointGroup {
  readonly ports: readonly JsonObject[];
  readonly endpoints: readonly JsonObject[];
}

/** What was made of a version of a pod. */
interface Made {
  readonly pod: KubeObject;
  readonly endpoint: JsonObject;
  /** Ports of the Service that asked last. */
  readonly servicePorts: unknown;
  readonly ports: readonly JsonObject[];
  /** The same for the same ports. */
  readonly portsText: string;
}

/**
 * Makes the endpoints of Services: of their pods that have an address and have not ended, those on their way out
 * included. Keeps what it made of a pod until the pod changes.
 */
export class EndpointMaker {
  readonly #zoneOf: (node: string) => string | undefined;
  readonly #made = new Map<string, Made>();

  /** @param zoneOf zone of a node */
  constructor(zoneOf: (node: string) => string | undefined) {
    this.#zoneOf = zoneOf;
  }

  /** The endpoints of a Service with these pods. */
  groups(service: KubeObject, pods: readonly KubeObject[]): readonly EndpointGroup[] {
    const groups = new Map<string, { ports: readonly JsonObject[]; endpoints: JsonObject[] }>();
    const publishAll = at(service, 'spec', 'publishNotReadyAddresses') === true;
    for (const pod of pods) {
      if (hasEnded(pod) || textAt(pod, 'status', 'podIP') === undefined) continue;
      const { ports, portsText, endpoint } = this.#make(service, pod);
      const group = groups.get(portsText) ?? { ports, endpoints: [] };
      group.endpoints.push(publishAll ? published(endpoint) : endpoint);
      groups.set(portsText, group);
    }
    return [...groups.values()];
  }

  /** Forgets a pod that is gone. */
  forget(pod: KubeObject): void {
    this.#made.delete(pod.metadata.uid ?? '');
  }

  #make(service: KubeObject, pod: KubeObject): Made {
    const uid = pod.metadata.uid ?? '';
    const known = this.#made.get(uid);
    const servicePorts = at(service, 'spec', 'ports');
    const samePorts = known?.servicePorts === servicePorts && known?.pod['spec'] === pod['spec'];
    if (known?.pod === pod && samePorts) return known;
    const node = textAt(pod, 'spec', 'nodeName') ?? '';
    const endpoint = known?.pod === pod ? known.endpoint : endpointOf(pod, this.#zoneOf(node));
    const made = { pod, endpoint, servicePorts, ...(known && samePorts ? portsAgain(known) : portsOf(service, pod)) };
    this.#made.set(uid, made);
    return made;
  }
}

const portsAgain = ({ ports, portsText }: Made) => ({ ports, portsText });

/**
 * Conditions: `serving` is the pod's readiness, `terminating` that it is being deleted, `ready` that it serves and is
 * not. Source: Kubernetes documentation, "EndpointSlices", "Conditions".
 */
function endpointOf(pod: KubeObject, zone: string | undefined): JsonObject {
  const [serving, terminating] = [isReady(pod), isTerminating(pod)];
  const { name, namespace, uid } = pod.metadata;
  return {
    addresses: [textAt(pod, 'status', 'podIP')],
    conditions: { ready: serving && !terminating, serving, terminating },
    nodeName: textAt(pod, 'spec', 'nodeName') ?? '',
    targetRef: { kind: 'Pod', name, namespace, uid },
    ...(zone !== undefined && { zone }),
  };
}

/** The endpoint of a Service with publishNotReadyAddresses: ready whatever the pod says. */
function published(endpoint: JsonObject): JsonObject {
  return { ...endpoint, conditions: { ...(endpoint['conditions'] as JsonObject), ready: true } };
}

/** The Service's ports with the numbers that they have in a pod; a name that the pod does not have leaves the port out. */
function portsOf(service: KubeObject, pod: KubeObject): Pick<Made, 'ports' | 'portsText'> {
  const ports = objectsAt(service, 'spec', 'ports').flatMap((port) => {
    const number = targetPort(port, pod);
    const { appProtocol } = port;
    const entry = { name: port['name'] ?? '', port: number, protocol: port['protocol'] ?? 'TCP' };
    return number === undefined ? [] : [{ ...entry, ...(appProtocol !== undefined && { appProtocol }) }];
  });
  return { ports, portsText: JSON.stringify(ports) };
}

function targetPort(port: JsonObject, pod: KubeObject): unknown {
  const target = port['targetPort'] ?? port['port'];
  if (typeof target !== 'string') return target;
  const sidecars = objectsAt(pod, 'spec', 'initContainers').filter((c) => c['restartPolicy'] === 'Always');
  const ports = [...objectsAt(pod, 'spec', 'containers'), ...sidecars].flatMap((c) => objectsAt(c, 'ports'));
  const protocol = port['protocol'] ?? 'TCP';
  return ports.find((p) => p['name'] === target && (p['protocol'] ?? 'TCP') === protocol)?.['containerPort'];
}
