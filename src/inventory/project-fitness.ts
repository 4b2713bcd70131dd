/** What of a pod template decides whether its pods can be replaced without loss, and what a pod asks for. */
import type { FitnessFact, RequestsFact, Share } from '../mesh/facts.ts';
import type { Interner } from './interner.ts';
import { count, isRecord, list, record, records, text, type Json } from './json.ts';
import { bytes, cpuMillis } from '../mesh/quantities.ts';

/** Sum of the requests of a pod spec: its containers and the init containers that keep running. */
export function requests(podSpec: Json, intern: Interner): RequestsFact {
  const running = [
    ...records(podSpec['containers']),
    ...records(podSpec['initContainers']).filter((container) => container['restartPolicy'] === 'Always'),
  ];
  const wanted = running.map((container) => record(record(container['resources'])['requests']));
  const fact = {
    cpuMillis: wanted.reduce((sum, one) => sum + cpuMillis(one['cpu']), 0),
    memoryBytes: wanted.reduce((sum, one) => sum + bytes(one['memory']), 0),
  };
  return intern.same(`requests ${String(fact.cpuMillis)} ${String(fact.memoryBytes)}`, () => fact);
}

/** See FitnessFact. */
export function fitness(podSpec: Json): FitnessFact {
  const application = records(podSpec['containers']).filter((container) => container['name'] !== 'istio-proxy');
  const ports = application.flatMap((container) => records(container['ports']));
  return {
    readiness: share(application, (container) => isRecord(container['readinessProbe'])),
    readinessDelaySeconds: Math.max(
      0,
      ...application.map((container) => count(record(container['readinessProbe'])['initialDelaySeconds'])),
    ),
    preStop: share(application, (container) => holdsOn(record(container['lifecycle'])['preStop'])),
    hostPorts: records(podSpec['containers'])
      .flatMap((container) => records(container['ports']))
      .map((port) => count(port['hostPort']))
      .filter((port) => port > 0),
    claims: records(podSpec['volumes'])
      .map((volume) => text(record(volume['persistentVolumeClaim'])['claimName']))
      .filter((claim) => claim !== ''),
    ...placement(podSpec),
    priorityClass: text(podSpec['priorityClassName']),
    serviceAccount: text(podSpec['serviceAccountName']),
    restartPolicy: text(podSpec['restartPolicy']) || 'Always',
    ports: ports.map((port) => ({
      name: text(port['name']),
      port: count(port['containerPort']),
      protocol: text(port['protocol']) || 'TCP',
    })),
    containers: application.map((container) => text(container['name'])),
  };
}

function share(containers: readonly Json[], has: (container: Json) => boolean): Share {
  const having = containers.filter(has).length;
  if (having === 0) return 'none';
  return having === containers.length ? 'all' : 'some';
}

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

function placement(podSpec: Json): Pick<FitnessFact, 'pinned' | 'spread' | 'mustSpread'> {
  const affinity = record(podSpec['affinity']);
  const apart = record(affinity['podAntiAffinity']);
  const constraints = records(podSpec['topologySpreadConstraints']);
  const must = [
    ...records(apart[required]),
    ...constraints.filter((constraint) => constraint['whenUnsatisfiable'] !== 'ScheduleAnyway'),
  ];
  const may = records(apart[preferred]).map((entry) => record(entry['podAffinityTerm']));
  const keys = (terms: readonly Json[]): string[] => [...new Set(terms.map((term) => text(term['topologyKey'])))];
  const nodes = record(affinity['nodeAffinity'])[required];
  return {
    pinned:
      Object.keys(record(podSpec['nodeSelector'])).length > 0 || list(record(nodes)['nodeSelectorTerms']).length > 0,
    spread: keys([...must, ...may, ...constraints]),
    mustSpread: keys(must),
  };
}

/** A hook counts, unless it is a sleep that is over before callers know that the pod ends: endpoints need a second or two. */
function holdsOn(hook: unknown): boolean {
  if (!isRecord(hook)) return false;
  return !isRecord(hook['sleep']) || count(hook['sleep']['seconds']) >= 2;
}
