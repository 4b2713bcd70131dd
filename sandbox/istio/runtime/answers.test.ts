import { describe, expect, it } from 'vitest';
import type { KubeObject, ResourceType } from '../../../src/kube/api.ts';
import { objectsAt, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { ask, createShop, emptyMesh, installIstiod, podsIn, type Mesh } from './mesh.test-helper.ts';

const istio = (plural: string, kind: string): ResourceType => ({
  group: 'networking.istio.io',
  version: 'v1',
  plural,
  kind,
  namespaced: true,
});

function create(mesh: Mesh, plural: string, kind: string, spec: object, dryRun = false): KubeObject {
  const object = { apiVersion: 'networking.istio.io/v1', kind, metadata: { name: 'one', namespace: 'shop' }, spec };
  return mesh.store.create(istio(plural, kind), object, { dryRun });
}

function validatedMesh(): Mesh {
  const mesh = emptyMesh();
  mesh.installer.base({
    version: '1.30.3',
    defaultRevision: 'default',
    release: 'istio-base',
    namespace: 'istio-system',
  });
  installIstiod(mesh, '1.30.3');
  createShop(mesh, { 'istio-injection': 'enabled' }, 1);
  return mesh;
}

describe('validation', () => {
  const denied = 'admission webhook "validation.istio.io" denied the request: configuration is invalid: ';

  it('refuses what is plainly wrong, in the recorded words', async () => {
    const mesh = validatedMesh();
    const route = { route: [{ destination: { host: 'web' }, weight: -1 }] };
    const wrong = { hosts: ['x.example.com'], http: [route] };
    expect(() => create(mesh, 'virtualservices', 'VirtualService', wrong)).toThrow(`${denied}weight -1 < 0`);
    expect(() => create(mesh, 'gateways', 'Gateway', {})).toThrow(`${denied}gateway must have at least one server`);
    const labels = '{group="networking.istio.io",resource="virtualservices",version="v1"}';
    expect(await ask(mesh, '/metrics')).toContain(`galley_validation_failed${labels} 1\n`);
  });

  it('counts dry runs that it takes, and not those that it refuses: pkg/webhooks/validation/server/monitoring.go', async () => {
    const mesh = validatedMesh();
    expect(() => create(mesh, 'gateways', 'Gateway', {}, true)).toThrow('at least one server');
    expect(await ask(mesh, '/metrics')).not.toContain('galley_validation_failed{');
    create(mesh, 'gateways', 'Gateway', { servers: [{ port: { number: 80 }, hosts: ['*'] }] }, true);
    const labels = '{group="networking.istio.io",resource="gateways",version="v1"}';
    expect(await ask(mesh, '/metrics')).toContain(`galley_validation_passed${labels} 1\n`);
  });

  it('takes what is right', async () => {
    const mesh = validatedMesh();
    create(mesh, 'virtualservices', 'VirtualService', {
      hosts: ['x'],
      http: [{ route: [{ destination: { host: 'web' } }] }],
    });
    create(mesh, 'gateways', 'Gateway', { servers: [{ port: { number: 80 }, hosts: ['*'] }] });
    expect(await ask(mesh, '/metrics')).toContain('pilot_virt_services 1\n');
  });
});

describe('an istiod that does not answer', () => {
  it('refuses pods with the text of a Service without endpoints', () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.30.3', '1-30-3');
    mesh.store.create(resources.namespaces, { metadata: { name: 'shop', labels: { 'istio.io/rev': '1-30-3' } } });
    const scale = { resource: resources.deployments, namespace: 'istio-system', name: 'istiod-1-30-3' };
    mesh.store.patch(scale, 'merge', { spec: { replicas: 0 } });
    mesh.clock.advance(5000);
    const service = mesh.store.get({ resource: resources.services, namespace: 'istio-system', name: 'istiod-1-30-3' });
    const pod = { metadata: { name: 'one', namespace: 'shop' }, spec: { containers: [{ name: 'app', image: 'a:1' }] } };
    expect(() => mesh.store.create(resources.pods, pod)).toThrow(
      'Internal error occurred: failed calling webhook "rev.namespace.sidecar-injector.istio.io": failed to call webhook: ' +
        'Post "https://istiod-1-30-3.istio-system.svc:443/inject?timeout=10s": ' +
        `dial tcp ${textAt(service, 'spec', 'clusterIP') ?? ''}:443: connect: connection refused`,
    );
  });

  it('is nobody for a revision that nothing serves: the pod comes without sidecar', () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.30.3', '1-30-3');
    createShop(mesh, { 'istio.io/rev': '9-9-9' }, 1);
    const [pod] = podsIn(mesh, 'shop');
    expect(pod?.metadata.annotations?.['sidecar.istio.io/status']).toBeUndefined();
  });
});

describe('the ports of istiod', () => {
  it('answer as recorded: /debug by port-forward only, /ready on 8080 only', async () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.29.6');
    createShop(mesh, { 'istio-injection': 'enabled' }, 1);
    expect(await ask(mesh, '/version')).toBe('1.29.6-1.29.6-Clean');
    expect(await ask(mesh, '/ready', 0, 8080)).toBe('');
    await expect(ask(mesh, '/ready')).rejects.toThrow('/ready answered 404');
    expect(JSON.parse(await ask(mesh, '/debug/syncz', 0, 8080))).toHaveLength(1);
    expect(JSON.parse(await ask(mesh, '/debug/connections'))).toMatchObject({ totalClients: 1 });
    const name = podsIn(mesh, 'istio-system')[0]?.metadata.name ?? '';
    const place = { kind: 'pods', namespace: 'istio-system', name, port: 15014 } as const;
    expect((await mesh.api.proxyGet(place, '/debug/syncz')).status).toBe(401);
    expect((await mesh.api.proxyGet(place, '/metrics')).body).toContain('pilot_xds{version="1.29.6"} 1\n');
  });

  it('leave out counters of what never happened, and keep buckets in order', async () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.29.6');
    createShop(mesh, { 'istio-injection': 'enabled' }, 1);
    const metrics = await ask(mesh, '/metrics');
    expect(metrics).not.toMatch(/rejects|injection_failure|validation_failed/);
    expect(metrics).toContain('sidecar_injection_success_total 1\n');
    const bounds = [...metrics.matchAll(/convergence_time_bucket\{le="([^"]+)"\}/g)].map((match) => match[1]);
    expect(bounds).toEqual(['0.1', '0.5', '1', '3', '5', '10', '20', '30', '+Inf']);
    for (const name of [
      'pilot_info',
      'istio_build',
      'istiod_uptime_seconds',
      'citadel_server_csr_count',
      'pilot_services',
    ]) {
      expect(metrics).toMatch(new RegExp(`^${name}[{ ]`, 'm'));
    }
  });
});

describe('webhook configurations', () => {
  const policies = (mesh: Mesh): unknown[] =>
    [...mesh.store.all(resources.validatingWebhooks)].flatMap((one) =>
      objectsAt(one, 'webhooks').map(({ failurePolicy }) => failurePolicy),
    );

  it('are patched by the istiod of their own revision, and by no other', () => {
    const mesh = emptyMesh();
    mesh.installer.base({
      version: '1.30.3',
      defaultRevision: 'other',
      release: 'istio-base',
      namespace: 'istio-system',
    });
    installIstiod(mesh, '1.30.3', '1-30-3');
    expect(policies(mesh).sort()).toEqual(['Fail', 'Ignore']);
  });

  it('are left alone before an istiod is ready', () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.30.3', '1-30-3');
    const annotations = { 'sandbox.meshlift.dev/timing': '{"*":{"readyMs":3600000}}' };
    const ref = { resource: resources.deployments, namespace: 'istio-system', name: 'istiod-1-30-3' };
    mesh.store.patch(ref, 'merge', { spec: { replicas: 0 } });
    mesh.clock.advance(5000);
    mesh.store.patch(ref, 'merge', { spec: { replicas: 1, template: { metadata: { annotations } } } });
    mesh.installer.base({
      version: '1.30.3',
      defaultRevision: '1-30-3',
      release: 'istio-base',
      namespace: 'istio-system',
    });
    mesh.clock.advance(30_000);
    expect(policies(mesh).sort()).toEqual(['Fail', 'Ignore']);
  });
});
