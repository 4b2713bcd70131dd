import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../../src/errors.ts';
import type { KubeObject } from '../../../src/kube/api.ts';
import { at, objectsAt } from '../../store/json.ts';
import { byId, idOf } from '../recorded.test-helper.ts';
import { baseChart } from './base.ts';
import { cniChart } from './cni.ts';
import { customResources } from './crds.ts';
import { gatewayClasses, renderedGateway } from './gateway-api.ts';
import { gatewayChart } from './gateway.ts';
import { helmReleaseSecret } from './helm-release.ts';
import { istioctlInstall } from './istioctl.ts';
import { istiodChart } from './istiod.ts';
import { defaultTagValidator, istioctlTag } from './tags.ts';
import { atLeast, defaultHub, minorOf } from './version.ts';
import { deactivated, patchedByIstiod } from './webhooks.ts';
import { ztunnelChart } from './ztunnel.ts';

const plane = { version: '1.30.3', revision: '', namespace: 'istio-system', hub: 'example.test/istio' };
const istiod = { ...plane, release: 'istiod' };
const ids = (objects: readonly KubeObject[]): string[] => objects.map(idOf);

describe('versions', () => {
  it('are read, compared and refused', () => {
    expect([minorOf('1.30.3'), minorOf('1.31.0-rc.0')]).toEqual([30, 31]);
    expect([atLeast('1.28.2', '1.28.2'), atLeast('1.28.1', '1.28.2'), atLeast('1.30.0', '1.28.2')]).toEqual([
      true,
      false,
      true,
    ]);
    expect([defaultHub('1.29.6'), defaultHub('1.30.0')]).toEqual(['docker.io/istio', 'registry.istio.io/release']);
    for (const wrong of ['', '1.30', 'latest', '2.0.0']) expect(() => minorOf(wrong)).toThrow(InvalidInput);
  });
});

describe('CRDs', () => {
  const stored = (version: string, name: string): unknown => {
    const crd = byId(customResources({ version, release: 'base' }), `CustomResourceDefinition ${name}`);
    const versions = objectsAt(crd, 'spec', 'versions');
    return [versions.map((one) => one['name']).join(), versions.find((one) => one['storage'] === true)?.['name']];
  };

  it.each([
    ['1.21.6', 'gateways.networking.istio.io', 'v1alpha3,v1beta1', 'v1alpha3'],
    ['1.22.0', 'gateways.networking.istio.io', 'v1,v1alpha3,v1beta1', 'v1beta1'],
    ['1.27.0', 'gateways.networking.istio.io', 'v1,v1alpha3,v1beta1', 'v1'],
    ['1.27.9', 'authorizationpolicies.security.istio.io', 'v1,v1beta1', 'v1beta1'],
    ['1.28.0', 'authorizationpolicies.security.istio.io', 'v1,v1beta1', 'v1'],
    ['1.21.6', 'peerauthentications.security.istio.io', 'v1beta1', 'v1beta1'],
    ['1.28.0', 'telemetries.telemetry.istio.io', 'v1,v1alpha1', 'v1alpha1'],
  ])('of %s: %s serves %s and stores %s', (version, name, served, storage) => {
    expect(stored(version, name)).toEqual([served, storage]);
  });

  it('are 14, from 1.30 on 15, all kept by helm but one before 1.28.2', () => {
    const kept = (version: string): number[] => {
      const all = customResources({ version, release: 'base' });
      return [
        all.length,
        all.filter(({ metadata }) => 'helm.sh/resource-policy' in (metadata.annotations ?? {})).length,
      ];
    };
    expect([kept('1.28.1'), kept('1.29.6'), kept('1.30.0')]).toEqual([
      [14, 13],
      [14, 14],
      [15, 15],
    ]);
  });
});

describe('istiod by version and values', () => {
  it.each([
    ['1.27.9', undefined, true],
    ['1.28.0', undefined, false],
    ['1.28.0', { min: 2, max: 5 }, true],
    ['1.30.3', 'off', false],
  ] as const)('%s with autoscaler %j has a disruption budget: %s', (version, autoscale, budget) => {
    const chart = istiodChart({ ...istiod, version, ...(autoscale === undefined ? {} : { autoscale }) });
    expect(ids(chart).includes('PodDisruptionBudget istio-system/istiod')).toBe(budget);
    expect(ids(chart).includes('HorizontalPodAutoscaler istio-system/istiod')).toBe(autoscale !== 'off');
  });

  it('without autoscaler has the replicas asked for', () => {
    const chart = istiodChart({ ...istiod, autoscale: 'off', replicas: 3 });
    expect(at(byId(chart, 'Deployment istio-system/istiod'), 'spec', 'replicas')).toBe(3);
  });

  it('has no standard labels before 1.24 and no values before 1.26', () => {
    const old = istiodChart({ ...istiod, version: '1.23.6' });
    const labels = byId(old, 'Deployment istio-system/istiod').metadata.labels ?? {};
    expect(labels).toMatchObject({ app: 'istiod', 'istio.io/rev': 'default' });
    expect(Object.keys(labels).filter((key) => /^(app\.kubernetes\.io|helm\.sh)\//.test(key))).toEqual([]);
    const values = (version: string): boolean =>
      ids(istiodChart({ ...istiod, version })).includes('ConfigMap istio-system/values');
    expect([values('1.25.5'), values('1.26.0')]).toEqual([false, true]);
  });

  it('says the native sidecar setting to istiod and to who reads the values', () => {
    const chart = istiodChart({ ...istiod, nativeSidecars: true, autoscale: { min: 2, max: 4 } });
    const container = objectsAt(
      byId(chart, 'Deployment istio-system/istiod'),
      'spec',
      'template',
      'spec',
      'containers',
    )[0];
    expect(objectsAt(container, 'env')).toContainEqual({ name: 'ENABLE_NATIVE_SIDECARS', value: 'true' });
    const data = byId(chart, 'ConfigMap istio-system/values')['data'] as Record<string, string>;
    expect(JSON.parse(data['original-values'] ?? '')).toMatchObject({
      env: { ENABLE_NATIVE_SIDECARS: 'true' },
      autoscaleMin: 2,
      global: { hub: 'example.test/istio', tag: '1.30.3' },
    });
  });

  it('outside istio-system names its injector after the namespace', () => {
    const chart = ids(istiodChart({ ...istiod, revision: 'x', namespace: 'mesh' }));
    expect(chart).toContain('MutatingWebhookConfiguration istio-sidecar-injector-x-mesh');
    expect(chart).toContain('ValidatingWebhookConfiguration istio-validator-x-mesh');
  });
});

describe('tags', () => {
  const injector = byId(
    istiodChart({ ...istiod, revision: 'x' }),
    'MutatingWebhookConfiguration istio-sidecar-injector-x',
  );
  const webhookNames = (object: KubeObject): unknown[] => objectsAt(object, 'webhooks').map((one) => one['name']);

  it('of a chart belong to it, with a Service from 1.28 on', () => {
    const tags = (version: string): KubeObject[] =>
      istiodChart({ ...istiod, version, revision: 'x', tags: ['prod'] }).filter(
        ({ metadata }) => 'istio.io/tag' in (metadata.labels ?? {}),
      );
    expect(ids(tags('1.27.0'))).toEqual(['MutatingWebhookConfiguration istio-revision-tag-prod']);
    const [webhooks, service] = tags('1.28.0');
    expect(webhooks?.metadata.labels).toMatchObject({ 'operator.istio.io/component': 'Pilot', 'istio.io/rev': 'x' });
    expect(at(service, 'spec', 'selector')).toEqual({ app: 'istiod', 'istio.io/rev': 'x' });
  });

  it('named default also serve the label istio-injection', () => {
    const [tag] = istioctlTag({ tag: 'default', injector, istioctlVersion: '1.30.3' });
    expect(tag === undefined ? [] : webhookNames(tag)).toHaveLength(4);
    expect(webhookNames(injector)).toHaveLength(2);
  });

  it('of istioctl before 1.28 have no Service, and none has operator labels', () => {
    const made = istioctlTag({ tag: 'prod', injector, istioctlVersion: '1.27.0' });
    expect(ids(made)).toEqual(['MutatingWebhookConfiguration istio-revision-tag-prod']);
    expect(Object.keys(made[0]?.metadata.labels ?? {}).filter((key) => key.includes('operator.istio.io/'))).toEqual([]);
  });

  it('need the injector of a revision', () => {
    const without: KubeObject = { ...injector, metadata: { name: 'nobody' } };
    expect(() => istioctlTag({ tag: 'prod', injector: without, istioctlVersion: '1.30.3' })).toThrow(InvalidInput);
    expect(() =>
      istioctlTag({ tag: 'prod', injector: { ...injector, webhooks: [] }, istioctlVersion: '1.30.3' }),
    ).toThrow(InvalidInput);
  });

  it('default: the validator names the revision and is asked about unlabelled objects', () => {
    const validator = defaultTagValidator({ injector: patchedByIstiod(injector, 'CA'), istioctlVersion: '1.30.3' });
    expect(validator.metadata.labels).toMatchObject({ 'istio.io/rev': 'x', 'istio.io/tag': 'default' });
    expect(objectsAt(validator, 'webhooks')[0]).toMatchObject({
      clientConfig: { caBundle: 'CA', service: { name: 'istiod-x' } },
      failurePolicy: 'Ignore',
      objectSelector: { matchExpressions: [{ key: 'istio.io/rev', operator: 'DoesNotExist' }] },
    });
  });

  it('a switched off injector keeps its webhooks and matches nothing', () => {
    expect(webhookNames(deactivated(injector))).toEqual(webhookNames(injector));
    const selectors = objectsAt(deactivated(injector), 'webhooks').map((one) =>
      at(one, 'objectSelector', 'matchLabels'),
    );
    expect(selectors).toEqual([{ 'istio.io/deactivated': 'never-match' }, { 'istio.io/deactivated': 'never-match' }]);
  });
});

describe('installs', () => {
  it('istioctl with a revision makes no tag, and minimal no gateway', () => {
    const objects = ids(istioctlInstall({ ...plane, revision: 'x', profile: 'minimal' }));
    expect(objects.filter((id) => /revision-tag|default-validator|ingressgateway/.test(id))).toEqual([]);
    expect(objects).toContain('MutatingWebhookConfiguration istio-sidecar-injector-x');
  });

  it('before 1.28 istioctl’s gateway and istiod have lone disruption budgets', () => {
    const objects = ids(istioctlInstall({ ...plane, version: '1.27.0', profile: 'default' }));
    expect(objects.filter((id) => id.startsWith('PodDisruptionBudget'))).toEqual([
      'PodDisruptionBudget istio-system/istiod',
      'PodDisruptionBudget istio-system/istio-ingressgateway',
    ]);
  });

  it('base without default revision has no validator', () => {
    const objects = ids(baseChart({ ...plane, release: 'base', defaultRevision: '' }));
    expect(objects.filter((id) => id.startsWith('Validating'))).toEqual([]);
  });

  it('the gateway chart follows its values', () => {
    const values = { version: '1.22.8', name: 'istio-edge', namespace: 'edge', release: 'edge', revision: 'prod' };
    const chart = gatewayChart({ ...values, serviceType: 'None', autoscale: 'off', replicas: 2 });
    expect(ids(chart)).toEqual(['ServiceAccount edge/istio-edge', 'Deployment edge/istio-edge']);
    expect(at(chart[1], 'spec', 'template', 'metadata', 'labels')).toEqual({
      app: 'istio-edge',
      istio: 'edge',
      'istio.io/rev': 'prod',
      'sidecar.istio.io/inject': 'true',
    });
    const [, next] = gatewayChart({ ...values, version: '1.23.0' });
    expect(at(next, 'spec', 'template', 'metadata', 'labels', 'app.kubernetes.io/version')).toBe('1.23.0');
    expect(at(chart[1], 'spec', 'replicas')).toBe(2);
  });

  it('the node agents follow version, profile and revision', () => {
    const cni = cniChart({ ...plane, version: '1.28.0', release: 'cni', ambient: false });
    expect(at(cni[2], 'spec', 'template', 'spec', 'terminationGracePeriodSeconds')).toBe(5);
    expect(at(cni[1], 'data')).toMatchObject({ AMBIENT_ENABLED: 'false', CURRENT_AGENT_VERSION: '1.28.0' });
    const [, daemon] = ztunnelChart({
      ...plane,
      revision: 'x',
      release: 'z',
      graceSeconds: 60,
      updateStrategy: 'OnDelete',
    });
    expect(at(daemon, 'spec', 'updateStrategy')).toEqual({ type: 'OnDelete' });
    expect(at(daemon, 'spec', 'template', 'metadata', 'annotations', 'istio.io/rev')).toBe('x');
    const container = objectsAt(daemon, 'spec', 'template', 'spec', 'containers')[0];
    expect(objectsAt(container, 'env')).toContainEqual({
      name: 'XDS_ADDRESS',
      value: 'istiod-x.istio-system.svc:15012',
    });
  });
});

describe('Gateway API', () => {
  const gateway: KubeObject = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'shop', uid: 'u1', labels: { team: 'a' } },
    spec: {
      gatewayClassName: 'istio',
      listeners: [
        { name: 'http', port: 80, protocol: 'HTTP' },
        { name: 'again', port: 80, protocol: 'HTTP' },
      ],
    },
  };

  it('a Gateway of class istio gets a Deployment and a balancer named after both', () => {
    const objects = renderedGateway(gateway, { plane: { ...plane, revision: 'x' }, ambient: false });
    expect(ids(objects)).toEqual([
      'ServiceAccount shop/edge-istio',
      'Deployment shop/edge-istio',
      'Service shop/edge-istio',
    ]);
    const [, deployment, service] = objects;
    expect(deployment?.metadata.labels).toMatchObject({
      team: 'a',
      'gateway.istio.io/managed': 'istio.io-gateway-controller',
    });
    expect(deployment?.metadata.ownerReferences).toEqual([
      { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', name: 'edge', uid: 'u1' },
    ]);
    expect(at(deployment, 'spec', 'template', 'metadata', 'annotations', 'istio.io/rev')).toBe('x');
    expect(at(service, 'spec', 'type')).toBe('LoadBalancer');
    expect(objectsAt(service, 'spec', 'ports').map((port) => port['port'])).toEqual([15021, 80]);
  });

  it('rolls with the version of istiod', () => {
    const [, old] = renderedGateway(gateway, { plane: { ...plane, version: '1.29.6' }, ambient: false });
    const [, young] = renderedGateway(gateway, { plane, ambient: false });
    expect(old).not.toEqual(young);
  });

  it('other classes and Gateways without uid are refused', () => {
    const foreign = { ...gateway, spec: { gatewayClassName: 'nginx' } };
    expect(() => renderedGateway(foreign, { plane, ambient: false })).toThrow(/class 'nginx'/);
    const unsaved = { ...gateway, metadata: { name: 'edge' } };
    expect(() => renderedGateway(unsaved, { plane, ambient: false })).toThrow(/without uid/);
  });

  it('has a class for waypoints only in ambient', () => {
    expect(gatewayClasses(false).map(({ metadata }) => metadata.name)).toEqual(['istio', 'istio-remote']);
  });
});

it('a release Secret holds what helm list and helm get values read', () => {
  const values = { revision: 'x' };
  const secret = helmReleaseSecret({
    name: 'istiod-x',
    namespace: 'istio-system',
    chart: 'istiod',
    version: '1.30.3',
    revision: 2,
    status: 'deployed',
    modifiedAt: 1_795_227_787,
    values,
  });
  const data = Buffer.from(String(at(secret, 'data', 'release')), 'base64').toString();
  expect(JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString())).toMatchObject({
    version: 2,
    info: { status: 'deployed' },
    chart: { metadata: { name: 'istiod', version: '1.30.3' } },
    config: values,
  });
});
