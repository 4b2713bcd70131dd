import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Aborted, Blocked, InvalidInput, Transient } from '../errors.ts';
import { helmInstaller } from './helm.ts';
import type { InstallRequest } from './installer.ts';
import { never, scripted, type Line } from './scripted.test-helper.ts';

const release = { owner: 'helm', name: 'istiod-1-30-3', namespace: 'istio-system' } as const;
const old = { ...release, name: 'istiod-1-29-6' };
const canary: InstallRequest = {
  ...{ chart: 'istiod', release, version: '1.30.3', revision: '1-30-3', tags: null, like: old },
};
const settings = `
revision: 1-29-6
revisionTags: [prod]
autoscaleMin: 2
obsolete: yes-please
meshConfig: {accessLogFile: /dev/stdout}
global: {hub: registry.example/istio, tag: 1.29.6-distroless}
env: {API_TOKEN: hush}
`;
const deployment = (image: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod-1-30-3, namespace: istio-system}\nspec: {image: ${image}}\n`;
const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: istiod}\nrules: []\n';

const answers: readonly Line[] = [
  { when: 'list --all --namespace istio-system --filter ^istiod-1-30-3$', stdout: '[]' },
  {
    when: 'list --all --namespace istio-system --filter ^istiod-1-29-6$',
    stdout: '[{"name":"istiod-1-29-6","status":"deployed","chart":"istiod-1.29.6"}]',
  },
  { when: 'get values istiod-1-29-6', stdout: settings },
  {
    when: 'show values istiod --repo https://charts.example --version 1.30.3',
    stdout: 'autoscaleMax: 7\nautoscaleMin: 1\n',
  },
  {
    when: 'show values istiod --repo https://charts.example --version 1.29.6',
    stdout: '_internal_defaults_do_not_set:\n  autoscaleMax: 5\n  autoscaleMin: 1\n  obsolete: no\n',
  },
  { when: 'get manifest istiod-1-30-3', stderr: 'Error: release: not found', code: 1 },
  { when: '--dry-run=server --output json', stdout: JSON.stringify({ manifest: `${deployment('a')}---\n${role}` }) },
  { when: 'upgrade --install', stdout: '' },
];

const with_ = (...first: readonly Line[]) => scripted([...first, ...answers]);
const helm = ({ run }: ReturnType<typeof scripted>, charts = 'https://charts.example') =>
  helmInstaller({ run, charts });

describe('helm install', () => {
  it('carries the values of the old release over on standard input: tags stay there, pins follow', async () => {
    const script = with_();
    await helm(script).install(canary, never());
    const last = script.ran.at(-1);
    expect(last?.line).toBe(
      'helm upgrade --install istiod-1-30-3 istiod --repo https://charts.example --version 1.30.3 ' +
        '--namespace istio-system --reset-values --values -',
    );
    expect(parse(last?.input ?? '')).toEqual({
      revision: '1-30-3',
      autoscaleMin: 2,
      obsolete: 'yes-please',
      meshConfig: { accessLogFile: '/dev/stdout' },
      global: { hub: 'registry.example/istio', tag: '1.30.3-distroless' },
      env: { API_TOKEN: 'hush' },
    });
  });

  it('takes the documented repository, an OCI registry or a directory', async () => {
    const lines = async (charts: string, ...more: readonly Line[]) => {
      const script = with_(...more);
      await helm(script, charts).install(canary, never());
      return script.ran.at(-1)?.line ?? '';
    };
    expect(await lines('')).toContain(
      'istiod --repo https://istio-release.storage.googleapis.com/charts --version 1.30.3',
    );
    expect(await lines('oci://r.example/charts/')).toContain('oci://r.example/charts/istiod --version 1.30.3');
    const unpacked = await lines(
      './manifests/charts',
      {
        when: 'show chart ./manifests/charts/istiod',
        stderr: 'Error: path "./manifests/charts/istiod" not found',
        code: 1,
      },
      { when: 'show chart ./manifests/charts/istio-control/istio-discovery', stdout: 'version: 1.30.3' },
    );
    expect(unpacked).toContain('istiod-1-30-3 ./manifests/charts/istio-control/istio-discovery --namespace');
  });

  it('refuses a directory of another version', async () => {
    const script = with_({ when: 'show chart', stdout: 'version: 1.29.6' });
    await expect(helm(script, './charts').install(canary, never())).rejects.toThrow('has version 1.29.6, not 1.30.3');
  });

  it('moves defaultRevision of the base chart and keeps the rest', async () => {
    const base = { ...release, name: 'istio-base' };
    const script = with_(
      { when: 'get values istio-base', stdout: 'excludedCRDs: [a]\ndefaultRevision: old\n' },
      { when: 'list', stdout: '[]' },
    );
    await helm(script).install({ chart: 'base', release: base, version: '1.30.3', defaultRevision: '1-30-3' }, never());
    expect(parse(script.ran.at(-1)?.input ?? '')).toEqual({ excludedCRDs: ['a'], defaultRevision: '1-30-3' });
  });
});

describe('helm preview', () => {
  it('compares the user’s values, the defaults of both charts, and the rendered objects', async () => {
    const script = with_();
    const { command, values, objects } = await helm(script).preview(canary, never());
    expect(command).toContain('helm upgrade --install istiod-1-30-3 istiod');
    expect(values).toEqual([
      'autoscaleMin: 2 → 2',
      'env.API_TOKEN: (not shown)',
      'global.hub: "registry.example/istio" → "registry.example/istio"',
      'global.tag: "1.29.6-distroless" → "1.30.3-distroless"',
      'meshConfig.accessLogFile: "/dev/stdout" → "/dev/stdout"',
      'obsolete: "yes-please" → "yes-please" (no value of the new chart any more)',
      'revision: "1-29-6" → "1-30-3"',
      'revisionTags: ["prod"] → unset',
      'default autoscaleMax: 5 → 7',
    ]);
    expect(objects).toEqual(['ClusterRole istiod: created', 'Deployment istio-system/istiod-1-30-3: created']);
    const changing = script.ran.filter(({ line }) => line.includes('upgrade') && !line.includes('--dry-run=server'));
    expect(changing).toEqual([]);
  });

  it('tells which objects change and which go', async () => {
    const script = with_({ when: 'get manifest', stdout: `${deployment('b')}---\n${role.replace('istiod', 'gone')}` });
    const { objects } = await helm(script).preview(canary, never());
    expect(objects).toEqual([
      'ClusterRole gone: removed',
      'ClusterRole istiod: created',
      'Deployment istio-system/istiod-1-30-3: changed (spec)',
    ]);
  });
});

describe('helm that fails', () => {
  const failing = (stderr: string, code = 1) =>
    helm(with_({ when: 'upgrade --install', stderr, code })).install(canary, never());

  it.each([
    ['a chart version that there is not', 'Error: chart "istiod" version "1.30.3" not found in repo', InvalidInput],
    [
      'a foreign object',
      'Error: Unable to continue with install: Service "x" exists and cannot be imported into the current release',
      Blocked,
    ],
    ['another run', 'Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress', Blocked],
    [
      'a network in trouble',
      'Error: Kubernetes cluster unreachable: dial tcp 127.0.0.1:6443: connect: connection refused',
      Transient,
    ],
    ['a field that may not change', 'Error: UPGRADE FAILED: spec.selector: field is immutable', Blocked],
  ])('half-way: %s', async (_name, stderr, expected) => {
    await expect(failing(stderr)).rejects.toThrow(expected);
    await expect(failing(stderr)).rejects.toThrow(stderr.replace('Error: ', ''));
  });

  it('because it is not there: says what to install', async () => {
    const error = Object.assign(new Error('spawn helm ENOENT'), { code: 'ENOENT' });
    const missing = helmInstaller({ run: () => Promise.reject(error), charts: '' }).install(canary, never());
    await expect(missing).rejects.toThrow(InvalidInput);
    await expect(failing('helm: command not found', 127)).rejects.toThrow('The program helm was not found.');
  });

  it('because it was stopped', async () => {
    const stop = new AbortController();
    const run = () => {
      stop.abort();
      return Promise.reject(new Error('killed'));
    };
    await expect(helmInstaller({ run, charts: '' }).install(canary, stop.signal)).rejects.toThrow(Aborted);
  });

  it('because a run of it was killed earlier: says how to go on, and changes nothing', async () => {
    const listed = JSON.stringify([{ name: 'istiod-1-30-3', status: 'pending-upgrade', chart: 'istiod-1.30.3' }]);
    const script = with_({ when: 'list --all', stdout: listed });
    const error: unknown = await helm(script)
      .install(canary, never())
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Blocked);
    expect((error as Blocked).message).toContain('release istio-system/istiod-1-30-3 is pending-upgrade');
    expect((error as Blocked).remedy).toContain('helm rollback istiod-1-30-3 -n istio-system');
    expect(script.ran).toHaveLength(1);
  });
});

describe('helm remove', () => {
  it('uninstalls, and takes a release that is gone for removed', async () => {
    const script = with_({
      when: 'uninstall',
      stderr: 'Error: uninstall: Release not loaded: x: release: not found',
      code: 1,
    });
    await helm(script).remove(old, '1-29-6', never());
    expect(script.ran.map(({ line }) => line)).toEqual(['helm uninstall istiod-1-29-6 --namespace istio-system']);
  });
});
