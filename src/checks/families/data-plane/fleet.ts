/** Proxies as the checks of this family go through them: by workload, and what counts. */
import { imageVersion } from '../../../mesh/versions.ts';
import type { Proxy, Workload } from '../../../mesh/data-plane-model.ts';
import { plural } from '../../../report/words.ts';
import type { CheckView, FoundObject } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { proxyImageKey } from '../injection/keys.ts';
import { listed } from './words.ts';

/** A workload with those of its proxies that run and stay. */
export interface Fleet {
  readonly workload: Workload;
  readonly proxies: readonly Proxy[];
}

/** All workloads with proxies that run, without ztunnel, whose version has rules of its own. */
export function fleets({ mesh, look }: CheckView): readonly Fleet[] {
  return mesh.workloads.flatMap((workload, index) => {
    const proxies = look.proxiesOf(index).filter(({ running, deleting }) => running && !deleting);
    return proxies.length === 0 || workload.role === 'ztunnel' ? [] : [{ workload, proxies }];
  });
}

/** The workload as the object of a finding. */
export function objectOf({ workload: { kind, ownerKind, namespace, name } }: Fleet): FoundObject {
  return { kind: kind === 'Other' ? ownerKind : kind, namespace, name };
}

/** Distinct values, without null. */
export function distinct(values: readonly (string | null)[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== null))];
}

/** Something about a workload; those of one namespace with one text are one finding. */
export interface Trouble {
  readonly fleet: Fleet;
  /** What is wrong, the same for all that have one cause. */
  readonly text: string;
  /** How many of its proxies. */
  readonly count: number;
}

/** Workloads of one namespace with one trouble. */
export interface Troubled {
  /** The workload when it is the only one, else the namespace. */
  readonly object: FoundObject;
  readonly text: string;
  readonly first: Fleet;
  /** '3 proxies of web', '12 proxies of api, web and 3 more'. */
  readonly whose: string;
}

/** One entry for each namespace and text. */
export function together(troubles: readonly Trouble[]): readonly Troubled[] {
  const groups = groupBy(troubles, ({ fleet, text }) => `${fleet.workload.namespace} ${text}`);
  return [...groups.values()].flatMap((all): Troubled[] => {
    const [one, ...more] = all;
    if (one === undefined) return [];
    const { fleet: first, text } = one;
    const { namespace } = first.workload;
    const count = all.reduce((sum, trouble) => sum + trouble.count, 0);
    const object = more.length === 0 ? objectOf(first) : { kind: 'Namespace', namespace: '', name: namespace };
    const names = listed(all.map(({ fleet }) => fleet.workload.name));
    return [{ object, text, first, whose: `${plural(count, 'proxy', 'proxies')} of ${names}` }];
  });
}

/** Command that makes its pods anew; with the tool of its own for owners of unknown kinds. */
export function restart({ workload: { kind, namespace, name } }: Fleet): string {
  if (kind === 'Deployment' || kind === 'StatefulSet' || kind === 'DaemonSet') {
    return `kubectl -n ${namespace} rollout restart ${kind.toLowerCase()} ${name}`;
  }
  if (kind === 'Rollout') return `kubectl argo rollouts -n ${namespace} restart ${name}`;
  if (kind === 'Job' || kind === 'CronJob') return `Let its runs end: kubectl -n ${namespace} get jobs`;
  return `Renew ${namespace}/${name} with what made it`;
}

/** Version of the proxy image that its template names, which a restart keeps; null when admission chooses it. */
export function keptVersion({ look }: CheckView, { workload }: Fleet): string | null {
  const fact = look.workloadFact(workload);
  if (fact === undefined) return null;
  const { proxy, annotations } = fact.template;
  const pinned = annotations[proxyImageKey] ?? '';
  if (pinned.includes('/')) return imageVersion(pinned);
  return proxy === null || proxy.image === 'auto' ? null : imageVersion(proxy.image);
}
