import { creates, type Fields, patches, pathOf, reads, type Row, specOnly } from './row.ts';

const container = { name: 'app', image: 'example.com/app:1' };

/** A workload that runs nothing: on a real cluster its controllers then have nothing to do. */
const workload = (name: string, spec: object = {}, pod: object = {}) => ({
  metadata: { name },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [container], ...pod } },
    ...spec,
  },
});
const rolling = (rollingUpdate: object) => ({ strategy: { type: 'RollingUpdate', rollingUpdate } });
const validated = { differs: 'validation' } as const;
const deployments = 'apps/deployments';
const daemonSet = (name: string, spec: object = {}) =>
  // undefined is not sent: a DaemonSet has no replicas.
  workload(name, { replicas: undefined, ...spec }, { nodeSelector: { no: 'such-node' } });
const names = ({ spec }: Fields): unknown => {
  const { template } = spec as { template: { spec: { containers: readonly { name: string }[] } } };
  return template.spec.containers.map(({ name }) => name);
};
const template = (spec: object) => ({ spec: { template: { spec } } });

const refused: readonly Row[] = [
  creates(
    'a selector that does not match',
    deployments,
    workload('d1', { selector: { matchLabels: { app: 'other' } } }),
  ),
  creates('fewer than none', deployments, workload('d2', { replicas: -1 }), validated),
  creates('no room to roll', deployments, workload('d3', rolling({ maxSurge: 0, maxUnavailable: 0 })), validated),
  creates(
    'shares that are none',
    deployments,
    workload('d4', rolling({ maxSurge: '25', maxUnavailable: '200%' })),
    validated,
  ),
  creates(
    'Recreate with rolling parameters',
    deployments,
    workload('d5', { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }),
    validated,
  ),
  creates('an unknown strategy', deployments, workload('d6', { strategy: { type: 'Nope' } }), validated),
  creates(
    'two containers of one name',
    deployments,
    workload('d7', {}, { containers: [container, container] }),
    validated,
  ),
  creates('a container without image', deployments, workload('d8', {}, { containers: [{ name: 'app' }] }), validated),
  creates('no container', deployments, workload('d9', {}, { containers: [] })),
  creates('pods that never restart', deployments, workload('d10', {}, { restartPolicy: 'Never' }), validated),
  creates('ready later than the deadline', deployments, workload('d11', { minReadySeconds: 700 }), validated),
  creates(
    'a DaemonSet that surges and takes away',
    'apps/daemonsets',
    daemonSet('d12', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } }),
    validated,
  ),
];

/** Workloads: defaults, checks, strategic patches, scale. */
export const workloadRows: readonly Row[] = [
  creates('a Deployment', deployments, workload('web'), { compare: specOnly }),
  creates('a StatefulSet', 'apps/statefulsets', workload('set'), { compare: specOnly, differs: 'fields' }),
  creates('a DaemonSet', 'apps/daemonsets', daemonSet('agent'), { compare: specOnly }),
  creates('a ReplicaSet', 'apps/replicasets', workload('rs'), {
    compare: ({ metadata }) => (metadata as Fields)['labels'],
    differs: 'fields',
  }),
  creates(
    'a Job',
    'batch/jobs',
    {
      metadata: { name: 'job' },
      spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [container] } } },
    },
    {
      path: `${pathOf('batch/jobs')}?dryRun=All`,
      compare: ({ spec }) => (spec as Fields)['manualSelector'],
      differs: 'fields',
    },
  ),
  ...refused,
  patches('the service of a StatefulSet', 'apps/statefulsets/set', 'merge', { spec: { serviceName: 'x' } }),
  patches(
    'words for a number',
    `${deployments}/web`,
    'merge',
    { spec: { replicas: 'two' } },
    { ...validated, compare: () => undefined },
  ),
  creates('another Deployment', deployments, workload('two'), { compare: specOnly }),
  reads('the scale', `${pathOf(deployments)}/two/scale`, { compare: specOnly, differs: 'fields' }),
  {
    says: 'a new scale',
    method: 'PATCH',
    path: `${pathOf(deployments)}/two/scale`,
    type: 'application/merge-patch+json',
    body: { spec: { replicas: -2 } },
  },
  patches(
    'a variable',
    `${deployments}/two`,
    'strategic',
    template({ containers: [{ name: 'app', env: [{ name: 'A', value: '1' }] }] }),
    { compare: specOnly },
  ),
  patches(
    'all containers anew',
    `${deployments}/two`,
    'strategic',
    template({ containers: [{ $patch: 'replace' }, { name: 'only', image: 'example.com/o:1' }] }),
    { compare: names },
  ),
  patches(
    'a directive that is none',
    `${deployments}/two`,
    'strategic',
    { spec: { $patch: 'nope' } },
    { differs: 'status' },
  ),
  patches('a container without name', `${deployments}/two`, 'strategic', template({ containers: [{ image: 'x' }] }), {
    differs: 'status',
  }),
];
