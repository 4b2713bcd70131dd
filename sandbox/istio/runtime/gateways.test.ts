import { describe, expect, it } from 'vitest';
import type { KubeObject, ResourceType } from '../../../src/kube/api.ts';
import { at, objectsAt, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { emptyMesh, installIstiod, podsIn, ready, type Mesh } from './mesh.test-helper.ts';

const gateways: ResourceType = {
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  plural: 'gateways',
  kind: 'Gateway',
  namespaced: true,
};
const ref = { resource: gateways, namespace: 'edge', name: 'web' };

function createGateway(
  mesh: Mesh,
  labels: Record<string, string> = {},
  namespaceLabels: Record<string, string> = {},
): void {
  mesh.store.create(resources.namespaces, { metadata: { name: 'edge', labels: namespaceLabels } });
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP' }];
  mesh.store.create(gateways, {
    metadata: { name: 'web', namespace: 'edge', labels },
    spec: { gatewayClassName: 'istio', listeners },
  });
  mesh.clock.advance(20_000);
}

const imageOf = (mesh: Mesh): string | undefined => {
  const deployment = mesh.store.get({ resource: resources.deployments, namespace: 'edge', name: 'web-istio' });
  return textAt(objectsAt(deployment, 'spec', 'template', 'spec', 'containers')[0], 'image')?.replace(/.*:/, '');
};

const conditions = (gateway: KubeObject): unknown[] =>
  objectsAt(gateway, 'status', 'conditions').map(({ type, status }) => `${String(type)}=${String(status)}`);

describe('a Gateway of the Gateway API', () => {
  it('gets a Deployment and a Service, an address and its conditions', () => {
    const mesh = emptyMesh({ gatewayApi: 'v1.4.1' });
    installIstiod(mesh, '1.29.6');
    createGateway(mesh);
    const gateway = mesh.store.get(ref);
    expect(conditions(gateway)).toEqual(['Accepted=True', 'Programmed=True']);
    expect(at(gateway, 'status', 'addresses')).toEqual([{ type: 'IPAddress', value: '198.18.0.1' }]);
    expect(podsIn(mesh, 'edge').map(ready)).toEqual([true]);
    expect(imageOf(mesh)).toBe('1.29.6');
  });

  it('follows its istiod when that is upgraded, by a rollout of its own', () => {
    const mesh = emptyMesh({ gatewayApi: 'v1.4.1' });
    installIstiod(mesh, '1.29.6');
    createGateway(mesh);
    const [before] = podsIn(mesh, 'edge');
    installIstiod(mesh, '1.30.3');
    mesh.clock.advance(30_000);
    expect(imageOf(mesh)).toBe('1.30.3');
    expect(podsIn(mesh, 'edge').map(({ metadata }) => metadata.name)).not.toContain(before?.metadata.name);
    expect(podsIn(mesh, 'edge').map(ready)).toEqual([true]);
  });

  it('follows the tag in the label of its namespace', () => {
    const mesh = emptyMesh({ gatewayApi: 'v1.4.1' });
    installIstiod(mesh, '1.29.6', '1-29-6');
    installIstiod(mesh, '1.30.3', '1-30-3');
    mesh.installer.setTag({ tag: 'prod', revision: '1-29-6', version: '1.29.6' });
    createGateway(mesh, {}, { 'istio.io/rev': 'prod' });
    expect(imageOf(mesh)).toBe('1.29.6');
    mesh.installer.setTag({ tag: 'prod', revision: '1-30-3', version: '1.30.3', overwrite: true });
    mesh.clock.advance(10_000);
    expect(imageOf(mesh)).toBe('1.30.3');
  });

  it('with a label that no revision and no tag serves is nobody’s', () => {
    const mesh = emptyMesh({ gatewayApi: 'v1.4.1' });
    installIstiod(mesh, '1.29.6');
    createGateway(mesh, { 'istio.io/rev': '9-9-9' });
    expect(podsIn(mesh, 'edge')).toEqual([]);
    expect(conditions(mesh.store.get(ref))).toEqual([]);
  });
});
