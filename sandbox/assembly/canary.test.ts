import { beforeAll, describe, expect, it } from 'vitest';
import { numberAt, objectsAt } from '../store/json.ts';
import { resources } from '../store/resources.ts';
import { accepted, compareObjects, proxiesOf, recordedProxies, type Accepted } from './compare.test-helper.ts';
import { RecordedMesh } from './recorded-mesh.test-helper.ts';

const mesh = new RecordedMesh();
const used = new Set<Accepted>();

const steps: readonly (readonly [moment: string, step: () => void])[] = [
  ['canary/00-before', () => mesh.before()],
  ['canary/10-canary-installed', () => mesh.installCanary()],
  ['canary/20-tag-moved', () => mesh.moveTag()],
  ['canary/30-restarted-half', () => mesh.restartHalf()],
  ['canary/40-all-moved', () => mesh.restartRest()],
  ['canary/50-old-removed', () => mesh.removeOld()],
];

describe.each(steps)('the recorded upgrade: %s', (moment, step) => {
  beforeAll(step);

  it('has the objects that were recorded', () => {
    const comparison = compareObjects(mesh.cluster, moment, accepted);
    expect(comparison.unlisted).toEqual([]);
    for (const entry of comparison.used) used.add(entry);
  });

  it('has every proxy at the istiod that was recorded', async () => {
    const proxies = await proxiesOf(mesh.cluster);
    expect(proxies).toEqual(recordedProxies(moment));
    expect(proxies).toHaveLength(13);
  });
});

describe('the table of accepted differences', () => {
  it('has no entry that is not needed', () => {
    expect(accepted.filter((entry) => !used.has(entry))).toEqual([]);
  });
});

const refusal =
  'Internal error occurred: failed calling webhook "rev.namespace.sidecar-injector.istio.io": failed to call webhook: ' +
  'Post "https://istiod-1-30-3.istio-system.svc:443/inject?timeout=10s": service "istiod-1-30-3" not found';

describe('the control plane removed while it is used', () => {
  const moment = 'broken/control-plane-removed-in-use';
  const job: Accepted = {
    line: /^only recorded: (Job|Pod) shop\/once/,
    why: 'a job that the recorded cluster had run before, for another question',
  };

  beforeAll(() => {
    // The new istiods take over the elections when the locks of the old ones have run out.
    mesh.clock.advance(60_000);
    mesh.restartHalfAgain();
    mesh.removeInUse();
    mesh.deleteOne('api');
    mesh.clock.advance(12_000);
  });

  it('leaves what was recorded: the tag, the leases and the root certificates', () => {
    expect(compareObjects(mesh.cluster, moment, [...accepted, job]).unlisted).toEqual([]);
    expect(recordedProxies(moment)).toEqual([]);
  });

  it('refuses new pods, and the Deployment says so in the recorded words', () => {
    const api = mesh.cluster.store.get({ resource: resources.deployments, namespace: 'shop', name: 'api' });
    const conditions = objectsAt(api, 'status', 'conditions').map(({ type, status, reason, message }) => ({
      type,
      status,
      reason,
      message: String(message).replace(/api-\w+/, 'api-*'),
    }));
    const progressed = 'ReplicaSet "api-*" has successfully progressed.';
    const unavailable = 'Deployment does not have minimum availability.';
    expect(conditions).toEqual([
      { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: progressed },
      { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: unavailable },
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: refusal },
    ]);
    expect(numberAt(api, 'status', 'readyReplicas')).toBe(2);
  });

  it('keeps the running pods ready', () => {
    const running = mesh.cluster.store.list(resources.pods, { namespace: 'shop' }).items;
    const ready = running.filter((pod) =>
      objectsAt(pod, 'status', 'conditions').some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
    expect(ready).toHaveLength(9);
  });

  it('refuses Istio objects through the default validator', () => {
    const object = { metadata: { name: 'x', namespace: 'shop' }, spec: { hosts: ['x.example.com'], http: [] } };
    const resource = { group: 'networking.istio.io', version: 'v1', plural: 'virtualservices', kind: 'VirtualService' };
    const whole = { ...object, apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' };
    expect(() => mesh.cluster.store.create({ ...resource, namespaced: true }, whole)).toThrow(
      'failed calling webhook "validation.istio.io": failed to call webhook: Post "https://istiod-1-30-3.istio-system.svc:' +
        '443/validate?timeout=10s": service "istiod-1-30-3" not found',
    );
  });
});
