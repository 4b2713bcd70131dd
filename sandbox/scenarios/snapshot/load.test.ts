import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/api.ts';
import { VirtualScheduler } from '../../clock/virtual.ts';
import { createCluster } from '../../cluster.ts';
import { recordedObjects } from '../../istio/recorded.test-helper.ts';
import { at } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { restorable } from './load.ts';

/** As a snapshot keeps it: of some kinds only the metadata, and of StatefulSets' status only numbers. */
function asSaved(object: KubeObject): KubeObject {
  const { apiVersion = '', kind = '', metadata } = object;
  if (['ReplicaSet', 'CustomResourceDefinition', 'Secret'].includes(kind)) return { apiVersion, kind, metadata };
  if (kind !== 'StatefulSet') return object;
  const status = Object.entries(object['status'] as object).filter(([, value]) => typeof value === 'number');
  return { ...object, status: Object.fromEntries(status) };
}

const podNames = (objects: Iterable<KubeObject>) =>
  [...objects].map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name} ${metadata.uid ?? ''}`).sort();

/** The pods that are there ten minutes after a cluster was started from the objects. */
function podsLater(recorded: readonly KubeObject[]): string[] {
  const clock = new VirtualScheduler(Date.UTC(2026, 0, 2));
  const cluster = createCluster({ clock, seed: 1, restored: restorable(recorded).objects });
  clock.advance(600_000);
  cluster.close();
  return podNames(cluster.store.all(resources.pods));
}

describe('a cluster that goes on from a recording', () => {
  it.each(['canary/30-restarted-half', 'ambient/40-after', 'inplace/00-before', 'broken/control-plane-removed-in-use'])(
    'keeps every pod of %s',
    (moment) => {
      const recorded = recordedObjects(moment);
      const pods = podNames(recorded.filter(({ kind }) => kind === 'Pod'));

      expect(podsLater(recorded)).toEqual(pods);
      expect(podsLater(recorded.map(asSaved))).toEqual(pods);
    },
  );
});

const pod = (name: string, owner?: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'shop',
    uid: `uid-${name}`,
    labels: { app: 'web', 'pod-template-hash': '7d9c' },
    annotations: { kept: 'yes', unknown: 'DROPPED' },
    ...(owner === undefined ? {} : { ownerReferences: [{ controller: true, ...owner } as never] }),
  },
  spec: { nodeName: 'worker-1', containers: [{ name: 'web', image: 'web:1' }] },
  status: { phase: 'Running' },
});

const replicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7d9c', uid: 'uid-web-7d9c' };
const byKind = (objects: readonly KubeObject[], kind: string) => objects.filter((object) => object.kind === kind);

describe('restorable', () => {
  it('makes the namespaces, nodes and ReplicaSets that pods name, when the snapshot lacks them', () => {
    const { objects } = restorable([pod('web-7d9c-a', replicaSet), pod('web-7d9c-b', replicaSet)]);

    expect(byKind(objects, 'Namespace').map(({ metadata }) => metadata.name)).toEqual(['shop']);
    expect(byKind(objects, 'Node').map(({ metadata }) => metadata.name)).toEqual(['worker-1']);
    expect(byKind(objects, 'ReplicaSet')).toMatchObject([
      {
        metadata: { name: 'web-7d9c', uid: 'uid-web-7d9c' },
        spec: { replicas: 2, selector: { matchLabels: { 'pod-template-hash': '7d9c' } } },
      },
    ]);
  });

  it('takes DROPPED for no value at all', () => {
    const [found] = byKind(restorable([pod('bare')]).objects, 'Pod');

    expect(found?.metadata.annotations).toEqual({ kept: 'yes' });
  });

  it('leaves out old ReplicaSets without pods, and owners that were not recorded', () => {
    const old = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web-old', namespace: 'shop' } };
    const foreign = { apiVersion: 'acme.example/v1', kind: 'Shop', name: 'shop', uid: 'uid-of-something' };
    const { objects, leftOut } = restorable([old, pod('web', foreign)]);

    expect(byKind(objects, 'ReplicaSet')).toEqual([]);
    expect(byKind(objects, 'Pod')[0]?.metadata.ownerReferences).toBeUndefined();
    expect(leftOut).toEqual({});
  });

  it('defines custom kinds by the definition that is known, by their objects, or by their name', () => {
    const definition = (name: string) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name },
    });
    const object = { apiVersion: 'acme.example/v2', kind: 'Policy', metadata: { name: 'one', namespace: 'shop' } };
    const { objects } = restorable([
      definition('virtualservices.networking.istio.io'),
      definition('policies.acme.example'),
      object,
    ]);
    const kinds = byKind(objects, 'CustomResourceDefinition').map((one) => [
      at(one, 'spec', 'group'),
      at(one, 'spec', 'names', 'kind'),
    ]);

    expect(kinds).toEqual([
      ['networking.istio.io', 'VirtualService'],
      ['acme.example', 'Policy'],
    ]);
    expect(byKind(objects, 'Policy')).toHaveLength(1);
  });

  it('counts what the sandbox has no kind for', () => {
    const endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'web', namespace: 'shop' } };

    expect(restorable([endpoints]).leftOut).toEqual({ Endpoints: 1 });
  });

  it('takes the last object of a name', () => {
    const twice = [pod('web'), { ...pod('web'), spec: { nodeName: 'worker-2' } }];

    expect(byKind(restorable(twice).objects, 'Pod')).toMatchObject([{ spec: { nodeName: 'worker-2' } }]);
  });
});
