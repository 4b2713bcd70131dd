import type { RenewWorkload, Write } from '../spec.ts';
import { handOverKey, hashKey, podStem, renewedKey, restartedKey } from './keys.ts';
import { nameOf, rightOf } from './kinds.ts';

const ways: Readonly<Record<RenewWorkload['method'], string>> = {
  rollout: 'by a rolling restart',
  'hand-over': 'by hand-over',
  'by-pod': 'pod by pod',
  'next-run': 'with its next run',
};

/** What a person would say. */
export function describeRenewal(spec: RenewWorkload): string {
  const { replicas, width, method } = spec;
  const pods = `${replicas} ${replicas === 1 ? 'pod' : 'pods'}`;
  const size = method === 'next-run' ? '' : ` (${pods}${replicas > 1 ? `, ${width} at a time` : ''})`;
  const what = spec.role === 'gateway' ? 'gateway' : 'proxies';
  const target = `revision ${spec.revision}, version ${spec.version}`;
  return `Renew the ${what} of ${nameOf(spec)}${size} ${ways[method]}: ${target}`;
}

/** Everything that a renewal may write. */
export function renewalWrites(spec: RenewWorkload): readonly Write[] {
  const { namespace, name, method } = spec;
  if (method === 'next-run') return [];
  const pods = { resource: 'pods', namespace, name: `${podStem(name)}*` };
  const probe: Write = { ...pods, verb: 'dry-run', what: 'a pod of its template, to see what it would get' };
  const own = { verb: 'patch', resource: rightOf(spec), namespace, name } as const;
  const labels = Object.entries(spec.labels).map(([key, value]) => (value === null ? `no ${key}` : `${key}=${value}`));
  const relabelled: readonly Write[] =
    labels.length === 0 ? [] : [{ ...own, what: `template labels: ${labels.join(', ')}` }];
  if (method === 'by-pod') {
    const gone = 'each pod with an old proxy, by its uid';
    return [
      probe,
      ...relabelled,
      { ...pods, verb: 'evict', what: gone },
      { ...pods, verb: 'delete', what: `${gone}, where evicting is not allowed and no budget covers it` },
    ];
  }
  if (method === 'hand-over') return [probe, ...handOverWrites(spec, pods)];
  const what =
    spec.workload === 'Rollout'
      ? `spec.restartAt and annotation ${renewedKey}`
      : `template annotations ${restartedKey} and ${renewedKey}`;
  return [probe, { ...own, what }, ...relabelled];
}

function handOverWrites(spec: RenewWorkload, pods: Pick<Write, 'resource' | 'namespace' | 'name'>): readonly Write[] {
  const out = { ...pods, verb: 'patch', what: `label ${spec.serviceLabel}: out of its Services` } as const;
  return [
    { ...pods, verb: 'patch', what: `labels ${hashKey} and ${handOverKey}: out of its ReplicaSet` },
    ...(spec.serviceLabel === '' ? [] : [...knownWrites(pods), out]),
    { ...pods, verb: 'delete', what: 'each pod that was handed over, by its uid, when it is idle' },
  ];
}

/** Before it leaves, and back when it stays after all: see `stay-known.ts`. */
function knownWrites({ namespace, name }: Pick<Write, 'namespace' | 'name'>): readonly Write[] {
  const slices = { resource: 'endpointslices.discovery.k8s.io', namespace, name };
  return [
    {
      ...slices,
      verb: 'create',
      what: 'a pod that leaves, as an endpoint that does not serve: its proxy keeps its configuration',
    },
    { ...slices, verb: 'delete', what: 'the same, where a pod is given back' },
  ];
}
