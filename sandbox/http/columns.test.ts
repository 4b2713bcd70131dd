import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/api.ts';
import { builtInColumns } from './columns.ts';
import { humanDuration } from './duration.ts';
import { podCells } from './pod-cells.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

describe('ages', () => {
  it.each([
    [-5, '0s'],
    [119, '119s'],
    [2 * minute, '2m'],
    [3 * minute + 20, '3m20s'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [5 * hour + 12 * minute, '5h12m'],
    [47 * hour, '47h'],
    [4 * day + 2 * hour, '4d2h'],
    [30 * day, '30d'],
    [3 * 365 * day + 45 * day, '3y45d'],
    [9 * 365 * day, '9y'],
  ])('%d s are %s', (seconds, text) => expect(humanDuration(seconds)).toBe(text));
});

function pod(status: object, spec: object = {}, metadata: object = {}): KubeObject {
  const containers = [{ name: 'app' }];
  return {
    metadata: { name: 'p', ...metadata },
    spec: { containers, ...spec },
    status: { phase: 'Running', ...status },
  };
}

describe('status of a pod', () => {
  const sidecar = { initContainers: [{ name: 'setup' }, { name: 'istio-proxy', restartPolicy: 'Always' }] };
  const done = { name: 'setup', state: { terminated: { exitCode: 0 } } };
  const app = { name: 'app', ready: true, restartCount: 2, state: { running: {} } };

  it('counts native sidecars among the containers', () => {
    const proxy = { name: 'istio-proxy', started: true, ready: true, restartCount: 1, state: { running: {} } };
    const cells = podCells(pod({ initContainerStatuses: [done, proxy], containerStatuses: [app] }, sidecar));
    expect(cells).toEqual({ ready: '2/2', status: 'Running', restarts: 3 });
  });

  it.each<[string, KubeObject]>([
    ['Terminating', pod({}, {}, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['Evicted', pod({ reason: 'Evicted', phase: 'Failed' })],
    ['Init:1/2', pod({ initContainerStatuses: [done, { name: 'istio-proxy', started: false }] }, sidecar)],
    [
      'Init:CrashLoopBackOff',
      pod({ initContainerStatuses: [{ name: 'setup', state: { waiting: { reason: 'CrashLoopBackOff' } } }] }, sidecar),
    ],
    ['Init:ExitCode:3', pod({ initContainerStatuses: [{ name: 'setup', state: { terminated: { exitCode: 3 } } }] })],
    ['ImagePullBackOff', pod({ containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] })],
    ['Signal:9', pod({ containerStatuses: [{ state: { terminated: { signal: 9, exitCode: 137 } } }] })],
    ['Completed', pod({ containerStatuses: [{ state: { terminated: { reason: 'Completed' } } }] })],
    ['Running', pod({ containerStatuses: [{ state: { terminated: { reason: 'Completed' } } }, app] })],
  ])('is %s', (status, object) => expect(podCells(object).status).toBe(status));
});

describe('columns', () => {
  const cells = (plural: string, group: string, object: Omit<KubeObject, 'metadata'>, metadata: object = {}) =>
    Object.fromEntries(
      builtInColumns({ plural, group }).map((column) => [
        column.name,
        column.cell({ metadata: { name: 'x', ...metadata }, ...object }, 0),
      ]),
    );

  it('shows services', () => {
    const ports = [
      { port: 80, nodePort: 30080, protocol: 'TCP' },
      { port: 53, protocol: 'UDP' },
    ];
    const spec = { type: 'LoadBalancer', clusterIP: '10.0.0.1', ports, selector: { app: 'a', tier: 'b' } };
    expect(cells('services', '', { spec })).toMatchObject({
      'External-IP': '<pending>',
      'Port(s)': '80:30080/TCP,53/UDP',
      Selector: 'app=a,tier=b',
    });
    const status = { loadBalancer: { ingress: [{ ip: '203.0.113.1' }, { hostname: 'lb.example.com' }] } };
    expect(cells('services', '', { spec, status })['External-IP']).toBe('203.0.113.1,lb.example.com');
    expect(cells('services', '', { spec: { type: 'ExternalName', externalName: 'a.b' } })['External-IP']).toBe('a.b');
  });

  it('shows nodes, workloads and budgets', () => {
    const node = { spec: { unschedulable: true }, status: { conditions: [{ type: 'Ready', status: 'True' }] } };
    const labels = { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/edge': '' };
    expect(cells('nodes', '', node, { labels })).toMatchObject({
      Status: 'Ready,SchedulingDisabled',
      Roles: 'edge,worker',
      Version: '<none>',
    });
    const template = {
      spec: {
        containers: [
          { name: 'a', image: 'i:1' },
          { name: 'b', image: 'i:2' },
        ],
      },
    };
    const deployment = { spec: { replicas: 3, template }, status: { readyReplicas: 2 } };
    expect(cells('deployments', 'apps', deployment)).toMatchObject({ Ready: '2/3', Available: 0, Images: 'i:1,i:2' });
    expect(cells('poddisruptionbudgets', 'policy', { spec: { maxUnavailable: '25%' } })).toMatchObject({
      'Min Available': 'N/A',
      'Max Unavailable': '25%',
    });
    const failed = { status: { succeeded: 1, conditions: [{ type: 'Failed', status: 'True' }] } };
    expect(cells('jobs', 'batch', failed)).toMatchObject({ Status: 'Failed', Completions: '1/1' });
  });
});
