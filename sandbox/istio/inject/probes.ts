import { isObject, numberAt, objectAt, objectsAt, textAt, type JsonObject } from '../../store/json.ts';

const pages: Readonly<Record<string, string>> = {
  livenessProbe: 'livez',
  readinessProbe: 'readyz',
  startupProbe: 'startupz',
};

/** Kinds of probe that the agent takes over. */
const actions = ['httpGet', 'tcpSocket', 'grpc'];

/** Port of the agent, which asks the application in the kubelet's place. */
const agentPort = 15020;

function portNumber(container: JsonObject, port: unknown): number | undefined {
  if (typeof port === 'number') return port;
  const named = objectsAt(container, 'ports').find((one) => one['name'] === port);
  return named === undefined ? undefined : numberAt(named, 'containerPort');
}

/** What the agent is told of a probe, undefined for kinds that it does not take over, such as exec. */
function proberOf(container: JsonObject, probe: JsonObject): JsonObject | undefined {
  const kind = actions.find((name) => isObject(probe[name]));
  const action = kind === undefined ? undefined : objectAt(probe, kind);
  if (kind === undefined || action === undefined || textAt(action, 'path')?.startsWith('/app-health/'))
    return undefined;
  const port = portNumber(container, action['port']);
  if (port === undefined) return undefined;
  return { [kind]: { ...action, port }, timeoutSeconds: probe['timeoutSeconds'] ?? 1 };
}

function redirected(probe: JsonObject, path: string): JsonObject {
  const timing = Object.fromEntries(Object.entries(probe).filter(([field]) => !actions.includes(field)));
  const headers = objectAt(probe, 'httpGet')?.['httpHeaders'];
  return {
    ...timing,
    httpGet: { path, port: agentPort, scheme: 'HTTP', ...(headers === undefined ? {} : { httpHeaders: headers }) },
  };
}

/** Containers whose probes go to the agent, and what the agent must ask: path on its port → the former probe. */
export interface RewrittenProbes {
  readonly containers: readonly JsonObject[];
  readonly probers: Readonly<Record<string, JsonObject>>;
}

/**
 * Sends the kubelet's HTTP, TCP and gRPC probes to the agent: STRICT mutual TLS would refuse the kubelet itself. Probes
 * that go there already and those by exec stay (pkg/kube/inject/app_probe.go).
 */
export function rewriteProbes(containers: readonly JsonObject[]): RewrittenProbes {
  const probers: Record<string, JsonObject> = {};
  const rewritten = containers.map((container) => {
    const changes: JsonObject = {};
    for (const [field, page] of Object.entries(pages)) {
      const probe = objectAt(container, field);
      const prober = probe === undefined ? undefined : proberOf(container, probe);
      if (probe === undefined || prober === undefined) continue;
      const path = `/app-health/${textAt(container, 'name') ?? ''}/${page}`;
      probers[path] = prober;
      changes[field] = redirected(probe, path);
    }
    return { ...container, ...changes };
  });
  return { containers: rewritten, probers };
}
