/** How proxies let go of connections, and whether workloads are whole before they are restarted. */
import { plural } from '../../../report/words.ts';
import type { Check, CheckView, Finding } from '../../check.ts';
import { fleets, objectOf } from './fleet.ts';

/** Whether the default proxy config of a mesh says how long connections may drain. */
function saysDrain(meshConfig: Readonly<Record<string, unknown>>): boolean {
  const config = recordOf(meshConfig['defaultConfig']);
  const metadata = recordOf(config['proxyMetadata']);
  return config['terminationDrainDuration'] !== undefined || 'EXIT_ON_ZERO_ACTIVE_CONNECTIONS' in metadata;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Workloads whose sidecars end before their applications and were given no more time. */
function hasty(view: CheckView, revision: string): readonly string[] {
  return fleets(view)
    .filter(({ workload, proxies }) => {
      const classic = proxies.some((proxy) => proxy.form === 'classic' && proxy.revision === revision);
      const config = view.look.workloadFact(workload)?.template.proxyConfig ?? {};
      const own = 'terminationDrainDuration' in config || 'proxyMetadata.EXIT_ON_ZERO_ACTIVE_CONNECTIONS' in config;
      return workload.role === 'sidecar' && classic && !own;
    })
    .map(({ workload: { namespace, name } }) => `${namespace}/${name}`);
}

/** Drain. */
export const sidecarsDrain: Check = {
  id: 'ML-D012',
  title: 'sidecars that are ordinary containers are given time to drain',
  looksAt:
    'terminationDrainDuration and proxyMetadata.EXIT_ON_ZERO_ACTIVE_CONNECTIONS of the mesh config and of pod templates, where sidecars are not native.',
  why: 'An ordinary sidecar ends five seconds after SIGTERM, while its application may still work on requests: each restart of the upgrade then ends some of them with 503 or a reset.',
  remedy:
    'Set EXIT_ON_ZERO_ACTIVE_CONNECTIONS=true, or a terminationDrainDuration as long as the longest request, or use native sidecars.',
  source: 'istio/istio issues 36640, 34855, 47718',
  severities: ['warns'],
  needs: ['pods', 'deployments', 'configMaps'],
  pains: ['P30'],
  run: (view) =>
    view.mesh.controlPlanes.flatMap(({ revision, namespace, meshConfig }): Finding[] => {
      if (meshConfig === null || saysDrain(meshConfig)) return [];
      const names = hasty(view, revision);
      if (names.length === 0) return [];
      const name = revision === 'default' ? 'istio' : `istio-${revision}`;
      return [
        {
          ...{ severity: 'warns', object: { kind: 'ConfigMap', namespace, name } },
          ...{ field: 'data.mesh.defaultConfig.terminationDrainDuration', value: '' },
          message: `It leaves the sidecars of ${plural(names.length, 'workload')} the default five seconds to drain, the first of them ${names[0] ?? ''}.`,
          why: 'Requests that take longer end with 503 or a reset whenever such a pod is restarted.',
          remedy:
            "Set meshConfig.defaultConfig.proxyMetadata.EXIT_ON_ZERO_ACTIVE_CONNECTIONS='true' in the values of its release; it holds for pods that start after that",
        },
      ];
    }),
};

/** Not whole. */
export const workloadsAreWhole: Check = {
  id: 'ML-D013',
  title: 'every workload with proxies has all its pods ready',
  looksAt: 'Ready replicas of workloads with proxies against the wanted number; a waypoint without any is ML-A018.',
  why: 'One that is not whole before its restart cannot be told from one that the new proxy broke: the restart waits for it in vain.',
  remedy: 'Mend it before the upgrade, or leave it out.',
  source: 'istio/istio issue 60486 (proxies that never get ready)',
  severities: ['warns'],
  needs: ['pods'],
  pains: [],
  run: (view) =>
    fleets(view).flatMap((fleet): Finding[] => {
      const fact = view.look.workloadFact(fleet.workload);
      if (fact === undefined || fact.kind === 'Job' || fact.kind === 'CronJob') return [];
      const { replicas, readyReplicas, meta, kind } = fact;
      if (readyReplicas >= replicas) return [];
      // Nobody answers for it: told of by ML-A018.
      if (fleet.workload.role === 'waypoint' && readyReplicas === 0) return [];
      return [
        {
          ...{
            severity: 'warns',
            object: objectOf(fleet),
            field: 'status.readyReplicas',
            value: String(readyReplicas),
          },
          message: `Ready pods: ${String(readyReplicas)} of ${String(replicas)}.`,
          why: 'Its restart would wait for pods that do not get ready anyway, and hide what the new proxy does.',
          remedy: `kubectl -n ${meta.namespace} describe ${kind.toLowerCase()} ${meta.name}`,
        },
      ];
    }),
};
