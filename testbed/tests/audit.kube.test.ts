import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditedWrites } from '../src/audit.ts';
import { testNamespace, type TestNamespace } from './cluster.ts';
import { withFolder, withUser } from './users.ts';

const configMaps = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
const agent = 'meshlift-audit-test';

let place: TestNamespace;
beforeAll(async () => {
  place = await testNamespace();
});
afterAll(() => place.cleanup());

test('the audit log holds every write of a program once, also dry and refused ones, and who is impersonated', () =>
  withFolder(async (folder) => {
    const { layout, namespace } = place;
    const admin = await readFile(layout.kubeconfig, 'utf8');
    const at = { resource: configMaps, namespace, name: 'a' };
    const http = { userAgent: agent };
    await withUser(
      folder,
      admin,
      async (api) => {
        await api.create(configMaps, { metadata: { name: 'dry', namespace } }, { dryRun: true });
        await api.create(configMaps, { metadata: { name: 'a', namespace } });
        await api.get(at);
        await api.patch(at, 'merge', { data: { k: 'v' } });
        await api.delete(at);
      },
      { http },
    );
    await withUser(
      folder,
      admin,
      async (api) => {
        await api.delete(at).catch(() => undefined);
      },
      { http, asUser: 'alice' },
    );
    const writes = await auditedWrites(layout, (write) => write.userAgent === agent && write.namespace === namespace);
    expect(writes.map(({ verb, user, name, code, isDryRun }) => [verb, user, name, code, isDryRun])).toEqual([
      ['create', 'testbed-admin', 'dry', 201, true],
      ['create', 'testbed-admin', 'a', 201, false],
      ['patch', 'testbed-admin', 'a', 200, false],
      ['delete', 'testbed-admin', 'a', 200, false],
      ['delete', 'alice', 'a', 403, false],
    ]);
  }));
