import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/api.ts';
import { objectAt, objectsAt, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { emptyMesh, installIstiod, createShop, podsIn, type Mesh } from '../runtime/mesh.test-helper.ts';
import { lab } from '../situations.test-helper.ts';

const inSystem = (mesh: Mesh, kind: keyof typeof resources): string[] =>
  [...mesh.store.all(resources[kind])]
    .filter(({ metadata }) => (metadata.namespace ?? 'istio-system') === 'istio-system')
    .map(({ metadata }) => metadata.name)
    .sort();

const injectorOf = (mesh: Mesh, name: string): KubeObject =>
  mesh.store.get({ resource: resources.mutatingWebhooks, name });

const serviceOf = (injector: KubeObject): string | undefined =>
  textAt(objectsAt(injector, 'webhooks')[0], 'clientConfig', 'service', 'name');

describe('helm uninstall', () => {
  it('of a revision leaves what istioctl and istiod made, and nothing else', () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.30.3', '1-30-3');
    mesh.installer.setTag({ tag: 'prod', revision: '1-30-3', version: '1.30.3' });
    mesh.installer.uninstall({ name: 'istiod-1-30-3', namespace: 'istio-system' });
    mesh.clock.advance(30_000);
    expect(inSystem(mesh, 'services')).toEqual(['istiod-revision-tag-prod']);
    expect(inSystem(mesh, 'mutatingWebhooks')).toEqual(['istio-revision-tag-prod']);
    expect(inSystem(mesh, 'validatingWebhooks')).toEqual([]);
    expect(inSystem(mesh, 'secrets')).toEqual(['istio-ca-secret']);
    expect(inSystem(mesh, 'leases')).toEqual(['istio-gateway-deployment-1-30-3', 'istio-gateway-status-leader-1-30-3']);
    expect(inSystem(mesh, 'configMaps')).toEqual([
      'istio-ca-crl',
      'istio-ca-root-cert',
      'istio-ip-autoallocate',
      'istio-leader',
      'istio-namespace-controller-election',
      'kube-root-ca.crt',
    ]);
    for (const kind of ['deployments', 'replicaSets', 'pods', 'autoscalers', 'endpointSlices'] as const) {
      expect(inSystem(mesh, kind).filter((name) => !name.startsWith('istiod-revision-tag-prod'))).toEqual([]);
    }
  });

  it('takes the tags of its own values with it', () => {
    const mesh = emptyMesh();
    mesh.installer.istiod({ ...lab, version: '1.30.3', revision: 'a', release: 'istiod-a', tags: ['prod'] });
    mesh.installer.uninstall({ name: 'istiod-a', namespace: 'istio-system' });
    expect(inSystem(mesh, 'mutatingWebhooks')).toEqual([]);
    expect(inSystem(mesh, 'services')).toEqual([]);
  });

  it('of the base chart keeps the definitions', () => {
    const mesh = emptyMesh();
    mesh.installer.base({
      version: '1.29.6',
      defaultRevision: 'default',
      release: 'istio-base',
      namespace: 'istio-system',
    });
    mesh.installer.uninstall({ name: 'istio-base', namespace: 'istio-system' });
    expect([...mesh.store.all(resources.definitions)]).toHaveLength(14);
    expect(inSystem(mesh, 'validatingWebhooks')).toEqual([]);
  });

  it('refuses what is not installed', () => {
    const uninstall = () => emptyMesh().installer.uninstall({ name: 'x', namespace: 'istio-system' });
    expect(uninstall).toThrow('uninstall: Release not loaded: x: release: not found');
  });
});

describe('helm upgrade', () => {
  it('records every revision and marks the one before', () => {
    const mesh = emptyMesh();
    for (const version of ['1.29.6', '1.30.3']) {
      mesh.installer.base({ version, defaultRevision: 'default', release: 'istio-base', namespace: 'istio-system' });
    }
    const records = mesh.store.list(resources.secrets, { labelSelector: 'owner=helm' }).items;
    expect(records.map(({ metadata }) => [metadata.name, metadata.labels?.['status']])).toEqual([
      ['sh.helm.release.v1.istio-base.v1', 'superseded'],
      ['sh.helm.release.v1.istio-base.v2', 'deployed'],
    ]);
    expect([...mesh.store.all(resources.definitions)]).toHaveLength(15);
  });

  it('deletes a tag that the values no longer name', () => {
    const mesh = emptyMesh();
    const options = { ...lab, version: '1.30.3', revision: 'a', release: 'istiod-a' };
    mesh.installer.istiod({ ...options, tags: ['prod'] });
    mesh.installer.istiod(options);
    expect(inSystem(mesh, 'mutatingWebhooks')).toEqual(['istio-sidecar-injector-a']);
    expect(inSystem(mesh, 'services')).toEqual(['istiod-a']);
  });

  it('is refused, with nothing changed, for a tag that istioctl made', () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.29.6', '1-29-6');
    mesh.installer.setTag({ tag: 'prod', revision: '1-29-6', version: '1.29.6' });
    const options = { ...lab, version: '1.30.3', revision: '1-30-3', release: 'istiod-1-30-3', tags: ['prod'] };
    expect(() => mesh.installer.istiod(options)).toThrow(
      'Unable to continue with install: Service "istiod-revision-tag-prod" in namespace "istio-system" exists and cannot be ' +
        'imported into the current release: invalid ownership metadata; annotation validation error: missing key ' +
        '"meta.helm.sh/release-name": must be set to "istiod-1-30-3"',
    );
    expect(inSystem(mesh, 'deployments')).toEqual(['istiod-1-29-6']);
    expect(mesh.store.list(resources.secrets, { labelSelector: 'owner=helm' }).items).toHaveLength(1);
  });

  it.each([
    ['1.28.5', 'Ignore'],
    ['1.28.6', 'Fail'],
    ['1.29.1', 'Ignore'],
    ['1.30.3', 'Fail'],
  ])('to %s leaves a validator at %s until istiod patches it', (version, policy) => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.28.0', 'a');
    mesh.installer.istiod({ ...lab, version, revision: 'a', release: 'istiod-a', autoscale: 'off' });
    const [validator] = [...mesh.store.all(resources.validatingWebhooks)];
    expect(objectsAt(validator, 'webhooks')[0]?.['failurePolicy']).toBe(policy);
    mesh.clock.advance(30_000);
    const [after] = [...mesh.store.all(resources.validatingWebhooks)];
    expect(objectsAt(after, 'webhooks')[0]?.['failurePolicy']).toBe('Fail');
  });
});

describe('istioctl tag', () => {
  it('set moves a tag only when told to, in the recorded words', () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.29.6', '1-29-6');
    installIstiod(mesh, '1.30.3', '1-30-3');
    const set = (revision: string, overwrite = false) =>
      mesh.installer.setTag({ tag: 'prod', revision, version: '1.30.3', overwrite });
    set('1-29-6');
    expect(() => set('1-30-3')).toThrow('revision tag "prod" already exists, and --overwrite is false');
    expect(() => set('9-9-9')).toThrow(
      'cannot modify tag: cannot find MutatingWebhookConfiguration or Service with revision "9-9-9"',
    );
    set('1-30-3', true);
    expect(serviceOf(injectorOf(mesh, 'istio-revision-tag-prod'))).toBe('istiod-1-30-3');
  });

  it('set default switches the plain injector off; remove takes both objects', () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.29.6');
    installIstiod(mesh, '1.30.3', '1-30-3');
    mesh.installer.setTag({ tag: 'default', revision: '1-30-3', version: '1.30.3' });
    const selectors = objectsAt(injectorOf(mesh, 'istio-sidecar-injector'), 'webhooks').map(
      ({ namespaceSelector }) => namespaceSelector,
    );
    expect(selectors).toEqual(
      Array.from({ length: 4 }, () => ({ matchLabels: { 'istio.io/deactivated': 'never-match' } })),
    );
    createShop(mesh, { 'istio-injection': 'enabled' }, 1);
    expect(podsIn(mesh, 'shop')[0]?.metadata.annotations?.['istio.io/rev']).toBe('1-30-3');
    mesh.installer.removeTag('default');
    expect(inSystem(mesh, 'mutatingWebhooks')).toEqual(['istio-sidecar-injector', 'istio-sidecar-injector-1-30-3']);
    expect(inSystem(mesh, 'validatingWebhooks')).toContain('istiod-default-validator');
    expect(() => mesh.installer.removeTag('default')).toThrow('cannot remove tag "default"');
  });
});

describe('istioctl install', () => {
  it('in place replaces the gateway too and keeps injecting by the default tag', () => {
    const mesh = emptyMesh();
    const install = (version: string, profile: 'default' | 'minimal') => {
      mesh.installer.istioctlInstall({ ...lab, version, revision: '', profile });
      mesh.clock.advance(30_000);
    };
    install('1.29.6', 'default');
    createShop(mesh, { 'istio-injection': 'enabled' }, 1);
    install('1.30.3', 'default');
    const [gateway] = podsIn(mesh, 'istio-system', 'app=istio-ingressgateway');
    expect(textAt(objectsAt(gateway, 'spec', 'containers')[0], 'image')).toBe('testbed.local/istio/proxyv2:1.30.3');
    expect(objectAt(objectsAt(injectorOf(mesh, 'istio-sidecar-injector'), 'webhooks')[0], 'namespaceSelector')).toEqual(
      {
        matchLabels: { 'istio.io/deactivated': 'never-match' },
      },
    );
    install('1.30.3', 'minimal');
    expect(inSystem(mesh, 'deployments')).toEqual(['istiod']);
  });
});
