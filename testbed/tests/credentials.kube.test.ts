import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { MeshliftError } from '../../src/errors.ts';
import { ownLayout } from '../src/environment.ts';
import { clientCertificate, clusterCa, kubeconfig } from '../src/kubeconfigs.ts';
import { run } from '../src/run.ts';
import { kubernetesVersion } from '../src/versions.ts';
import { whoAmI, withFolder, withUser } from './users.ts';

const layout = ownLayout();
const kubectl = join(layout.binaries, `kubernetes-${kubernetesVersion}-${layout.arch}`, 'kubectl');
const pods = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const account = 'system:serviceaccount:default:default';

let ca = '';
let token = '';
beforeAll(async () => {
  ca = await clusterCa(layout);
  token = (await run(kubectl, ['--kubeconfig', layout.kubeconfig, 'create', 'token', 'default'])).trim();
});

async function refusalOf(call: Promise<unknown>): Promise<MeshliftError> {
  const outcome: unknown = await call.catch((error: unknown) => error);
  if (outcome instanceof MeshliftError) return outcome;
  throw new Error(`expected a refusal, got ${String(outcome)}`);
}

describe('a real API server lets in', () => {
  test('a client certificate, by its common name and organization', () =>
    withFolder(async (folder) => {
      await withUser(folder, kubeconfig(ca, await clientCertificate(layout, 'nobody')), async (api) => {
        const self = await whoAmI(api);
        expect(self.username).toBe('testbed-nobody');
        expect(self.groups).toContain('testbed-users');
      });
    }));

  test('a token', () =>
    withFolder(async (folder) => {
      await withUser(folder, kubeconfig(ca, { token }), async (api) => {
        expect((await whoAmI(api)).username).toBe(account);
      });
    }));

  test('a token file that is renewed after a refusal', () =>
    withFolder(async (folder) => {
      const tokenFile = join(folder, 'token');
      await writeFile(tokenFile, 'no.such.token\n');
      await withUser(folder, kubeconfig(ca, { tokenFile }), async (api) => {
        const refused = await refusalOf(whoAmI(api));
        expect([refused.errorClass, refused.status]).toEqual(['Blocked', 401]);
        await writeFile(tokenFile, `${token}\n`);
        expect((await whoAmI(api)).username).toBe(account);
      });
    }));

  test('what a credential plugin prints', () =>
    withFolder(async (folder) => {
      const plugin = join(folder, 'plugin');
      const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } };
      await writeFile(join(folder, 'credential'), JSON.stringify(credential));
      await writeFile(plugin, '#!/bin/sh\ncat "$(dirname "$0")/credential"\n');
      await chmod(plugin, 0o755);
      const config = JSON.parse(kubeconfig(ca, { token: '' })) as { users: { user: unknown }[] };
      const exec = { apiVersion: credential.apiVersion, command: './plugin', interactiveMode: 'Never' };
      const users = [{ name: 'meshlift-testbed', user: { exec } }];
      await withUser(folder, JSON.stringify({ ...config, users }), async (api) => {
        expect((await whoAmI(api)).username).toBe(account);
      });
    }));

  test('an administrator as somebody else, with groups', () =>
    withFolder(async (folder) => {
      const admin = await readFile(layout.kubeconfig, 'utf8');
      const options = { asUser: 'alice', asGroups: ['one', 'two'] };
      await withUser(
        folder,
        admin,
        async (api) => {
          const self = await whoAmI(api);
          expect(self.username).toBe('alice');
          expect(self.groups).toEqual(expect.arrayContaining(['one', 'two']));
          expect((await refusalOf(api.get({ resource: pods, namespace: 'default', name: 'a' }))).status).toBe(403);
        },
        options,
      );
    }));
});

describe('a real API server refuses', () => {
  test('a user without rights, and the error names the right', () =>
    withFolder(async (folder) => {
      await withUser(folder, kubeconfig(ca, await clientCertificate(layout, 'nobody')), async (api) => {
        const refused = await refusalOf(api.get({ resource: pods, namespace: 'kube-system', name: 'a' }));
        expect([refused.errorClass, refused.status]).toEqual(['Blocked', 403]);
        expect(refused.message).toContain('pods "a" is forbidden: User "testbed-nobody" cannot get resource "pods"');
        expect(refused.remedy).toMatch(/get pods/);
      });
    }));

  test('impersonation by who may not', () =>
    withFolder(async (folder) => {
      const nobody = kubeconfig(ca, await clientCertificate(layout, 'nobody'));
      await withUser(
        folder,
        nobody,
        async (api) => {
          const refused = await refusalOf(api.get({ resource: pods, namespace: 'default', name: 'a' }));
          expect([refused.errorClass, refused.status]).toEqual(['Blocked', 403]);
          expect(refused.message).toContain('cannot impersonate resource "users"');
        },
        { asUser: 'alice' },
      );
    }));

  test('a server whose certificate another authority signed: nothing is sent', () =>
    withFolder(async (folder) => {
      const foreign = join(folder, 'foreign');
      const subject = ['-subj', '/CN=foreign', '-days', '1', '-keyout', `${foreign}.key`, '-out', `${foreign}.crt`];
      const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
      await run('openssl', ['req', '-x509', ...newKey, ...subject]);
      const config = kubeconfig(await readFile(`${foreign}.crt`, 'utf8'), { token });
      await withUser(folder, config, async (api) => {
        const refused = await refusalOf(api.get({ resource: pods, namespace: 'default', name: 'a' }));
        expect(refused.status).toBeUndefined();
        expect(refused.message).toMatch(/certificate/);
      });
    }));
});
