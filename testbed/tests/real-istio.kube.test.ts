import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CheckReport } from '../../src/checks/report.ts';
import type { MeshStatus } from '../../src/mesh/status-document.ts';
import { installMesh, removeMesh, revisionOf, writePolicy, type Tools } from '../src/istio/install.ts';
import { gatewayNamespace, graceful } from '../src/istio/shop.ts';
import { run, until } from '../src/run.ts';
import { exits, makePlan, succeed } from './cli.ts';
import { analysed, proxyStatus, type ServedProxy } from './istioctl.ts';
import { isReal, prepareMesh, versions } from './mesh.ts';

const { old, next } = versions;

let mesh: Tools;

const kubectl = (...args: readonly string[]) => run('kubectl', args, { env: mesh.env });

async function status(...args: readonly string[]): Promise<MeshStatus> {
  return JSON.parse(await succeed(mesh, ['status', '-o', 'json', ...args])) as MeshStatus;
}

/** Proxies that exist at all: pods with the injector's annotation. */
async function injected(): Promise<number> {
  const path = '{range .items[*]}{.metadata.annotations.sidecar\\.istio\\.io/status}{"\\n"}{end}';
  const found = await kubectl('get', 'pods', '-A', '-o', `jsonpath=${path}`);
  return found.split('\n').filter((line) => line !== '').length;
}

const counted = (proxies: readonly ServedProxy[], key: (proxy: ServedProxy) => string): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const proxy of proxies) found[key(proxy)] = (found[key(proxy)] ?? 0) + 1;
  return found;
};

/** What istioctl tells of both control planes. */
async function asIstioctlSays(): Promise<readonly ServedProxy[]> {
  return [...(await proxyStatus(mesh, old)), ...(await proxyStatus(mesh, next))];
}

/** Compares the two, when no proxy comes or goes any more. */
async function agree(): Promise<MeshStatus> {
  await until('every proxy has a control plane', 120_000, async () => {
    return (await asIstioctlSays()).length === (await injected());
  });
  const proxies = await asIstioctlSays();
  const found = await status();
  expect(found.dataPlane).toMatchObject({
    proxies: proxies.length,
    byVersion: counted(proxies, ({ version }) => version),
    byRevision: counted(proxies, ({ revision }) => revision),
    notConnected: 0,
    notSynced: proxies.filter(({ isSynced }) => !isSynced).length,
    connectionUnknown: 0,
  });
  for (const namespace of ['shop', gatewayNamespace]) {
    const there = proxies.filter((proxy) => proxy.namespace === namespace);
    const { dataPlane } = await status('--namespace', namespace);
    expect(dataPlane.byVersion, namespace).toEqual(counted(there, ({ version }) => version));
  }
  return found;
}

/** Whether a pod of the shop answers who does not speak mutual TLS. */
async function answersPlainly(): Promise<boolean> {
  const address = (await kubectl('-n', 'shop', 'get', 'pod', 'store-0', '-o', 'jsonpath={.status.podIP}')).trim();
  return fetch(`http://${address}:8080/`, { signal: AbortSignal.timeout(5000) }).then(
    () => true,
    () => false,
  );
}

describe.skipIf(!isReal)('with a real Istio', () => {
  beforeAll(async () => {
    mesh = await prepareMesh();
  }, 300_000);
  afterAll(() => mesh.remove());

  beforeEach(() => installMesh(mesh, old, { workloads: graceful }), 180_000);
  afterEach(() => removeMesh(mesh), 180_000);

  test('status and istioctl proxy-status count the same proxies before, amid and after an upgrade, and without istiod', async () => {
    const policy = await writePolicy(mesh, next, { soakSeconds: 1 });
    const { file } = await makePlan(mesh, next, policy);
    const all = await injected();
    const before = await agree();
    expect(before.dataPlane.byRevision).toEqual({ [revisionOf(old)]: all });
    expect(await answersPlainly()).toBe(false);

    await succeed(mesh, ['apply', file, '--until', 'wave-2', '--yes'], exits.waits);
    const amid = await agree();
    expect(Object.keys(amid.dataPlane.byRevision).sort()).toEqual([old, next].map(revisionOf));

    await succeed(mesh, ['resume', '--yes']);
    await succeed(mesh, ['complete', '--yes']);
    const after = await agree();
    expect(after.dataPlane.byRevision).toEqual({ [revisionOf(next)]: all });
    expect(after.controlPlanes.map(({ version }) => version)).toEqual([next]);
    expect(await analysed(mesh, next)).toEqual([]);
    expect(await answersPlainly()).toBe(false);

    await kubectl('-n', 'istio-system', 'scale', 'deployment', `istiod-${revisionOf(next)}`, '--replicas=0');
    await kubectl('-n', 'istio-system', 'wait', '--for=delete', 'pod', '-l', 'app=istiod', '--timeout=60s');
    expect(await proxyStatus(mesh, next)).toEqual([]);
    expect((await status()).dataPlane).toMatchObject({ proxies: all, notConnected: all });
  }, 600_000);

  test('check finds what istioctl analyze finds, at the same objects', async () => {
    await kubectl('create', 'namespace', 'twice');
    try {
      await kubectl('label', 'namespace', 'twice', 'istio-injection=enabled', 'istio.io/rev=prod');
      const servers = [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }];
      const spec = { selector: { istio: 'nobody' }, servers };
      const gateway = { apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: { name: 'nobody' }, spec };
      await run('kubectl', ['-n', 'shop', 'apply', '-f', '-'], { env: mesh.env, input: JSON.stringify(gateway) });
      expect(await analysed(mesh, old)).toEqual(['IST0101 Gateway shop/nobody', 'IST0123 Namespace twice']);
      const report = JSON.parse(await succeed(mesh, ['check', '-o', 'json'])) as CheckReport;
      const found = report.families
        .flatMap(({ checks }) => checks)
        .flatMap(({ id, findings }) =>
          findings.map(({ object: { kind, namespace, name } }) => `${id} ${kind} ${namespace ?? ''}/${name}`),
        );
      expect(found).toEqual(expect.arrayContaining(['ML-G007 Gateway shop/nobody', 'ML-I001 Namespace /twice']));
    } finally {
      await kubectl('delete', 'namespace', 'twice');
    }
    await kubectl('-n', 'shop', 'delete', 'gateways.networking.istio.io', 'nobody');
    expect(await analysed(mesh, old)).toEqual([]);
  }, 180_000);
});
