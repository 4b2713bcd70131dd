import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Blocked, InvalidInput } from '../errors.ts';
import { memoryApi } from './memory-maps.test-helper.ts';
import type { InstallRequest } from './installer.ts';
import { istioctlInstaller } from './istioctl.ts';
import { never, scripted, type Line } from './scripted.test-helper.ts';

const release = { owner: 'istioctl', name: '', namespace: 'istio-system' } as const;
const canary: InstallRequest = {
  ...{ chart: 'istiod', release, version: '1.30.3', revision: '1-30-3', tags: null, like: release },
};
const file = `
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: mine}
spec:
  profile: default
  tag: 1.29.6-distroless
  components:
    pilot: {k8s: {replicaCount: 2}}
    ingressGateways: [{name: edge, enabled: true}]
  values: {global: {proxy: {privileged: true}}, revisionTags: [prod]}
`;
const answers: readonly Line[] = [
  { when: 'version --remote=false', stdout: 'client version: 1.30.3\n' },
  { when: 'tag list', stdout: '[{"tag":"default","revision":"default","namespaces":[]}]' },
  { when: 'manifest generate', stdout: 'kind: Deployment\nmetadata: {name: istiod-1-30-3, namespace: istio-system}\n' },
  { when: 'install', stdout: '✔ Istiod installed' },
];

function istioctl(script: ReturnType<typeof scripted>, content: string | null = file) {
  const operatorFile = content === null ? null : { name: 'mesh.yaml', content };
  return istioctlInstaller({ run: script.run, operatorFile, api: memoryApi([]) });
}

const with_ = (...first: readonly Line[]) => scripted([...first, ...answers]);

describe('istioctl install', () => {
  it('gives it the user’s file for the new revision, without the gateways of the profile', async () => {
    const script = with_();
    await istioctl(script).install(canary, never());
    const last = script.ran.at(-1);
    expect(last?.line).toBe('istioctl install --set revision=1-30-3 -f - -y');
    expect(parse(last?.input ?? '')).toEqual({
      apiVersion: 'install.istio.io/v1alpha1',
      kind: 'IstioOperator',
      metadata: { name: 'installed-by-meshlift-1-30-3' },
      spec: {
        profile: 'default',
        tag: '1.30.3-distroless',
        revision: '1-30-3',
        components: {
          pilot: { k8s: { replicaCount: 2 } },
          ingressGateways: [
            { name: 'istio-ingressgateway', enabled: false },
            { name: 'edge', enabled: false },
          ],
          egressGateways: [{ name: 'istio-egressgateway', enabled: false }],
        },
        values: { global: { proxy: { privileged: true } } },
      },
    });
  });

  it('takes the values that the old control plane left in its ConfigMap when there is no file', async () => {
    const labels = { 'istio.io/rev': 'default', 'operator.istio.io/managed': 'Reconcile' };
    const data = { 'original-values': '{"global":{"tag":"1.29.6"},"pilot":{"env":{"A":"b"}}}' };
    const api = memoryApi([{ metadata: { name: 'values', namespace: 'istio-system', labels }, data }]);
    const script = with_();
    await istioctlInstaller({ run: script.run, operatorFile: null, api }).install(canary, never());
    const { spec } = parse(script.ran.at(-1)?.input ?? '') as { spec: unknown };
    expect(spec).toMatchObject({
      profile: 'minimal',
      values: { global: { tag: '1.30.3' }, pilot: { env: { A: 'b' } } },
    });
  });

  it('refuses when it knows no settings', async () => {
    await expect(istioctl(with_(), null).install(canary, never())).rejects.toThrow('settings of the control plane');
  });

  it.each([
    [
      'of another version',
      { when: 'version --remote', stdout: '1.29.6' },
      InvalidInput,
      'is of version 1.29.6, not 1.30.3',
    ],
    [
      'that would take the default over',
      { when: 'tag list', stdout: 'No Istio revision tags' },
      Blocked,
      'There is no tag default',
    ],
    ['that fails', { when: 'install --set', code: 1, stderr: 'Error: IST0139 Webhook overlaps' }, Blocked, 'IST0139'],
  ] as const)('refuses one %s', async (_name, line, expected, message) => {
    const script = with_(line);
    const installed = istioctl(script).install(canary, never());
    await expect(installed).rejects.toThrow(expected);
    await expect(istioctl(script).install(canary, never())).rejects.toThrow(message);
  });

  it('has nothing to do for the CRDs, which come with the control plane', async () => {
    const script = with_();
    await istioctl(script).install({ chart: 'base', release, version: '1.30.3', defaultRevision: '' }, never());
    expect(script.ran).toEqual([]);
  });

  it('refuses a file that is none', async () => {
    await expect(istioctl(with_(), 'kind: ConfigMap').install(canary, never())).rejects.toThrow(
      'File mesh.yaml holds no',
    );
    await expect(istioctl(with_(), 'a: [').install(canary, never())).rejects.toThrow('File mesh.yaml is no YAML');
  });
});

describe('istioctl preview', () => {
  it('shows the change of the file and the objects, and installs nothing', async () => {
    const script = with_();
    const { values, objects } = await istioctl(script).preview(canary, never());
    expect(values).toContain('tag: "1.29.6-distroless" → "1.30.3-distroless"');
    expect(values).toContain('revision: unset → "1-30-3"');
    expect(objects).toEqual(['Deployment istio-system/istiod-1-30-3: applied']);
    expect(script.ran.filter(({ line }) => line.startsWith('istioctl install'))).toEqual([]);
  });
});

describe('istioctl uninstall', () => {
  it('does not take its tick for a removal', async () => {
    const stdout =
      'No resources will be pruned from the cluster. Please double check the input configs\n✔ Uninstall complete';
    const removed = istioctl(with_({ when: 'uninstall', stdout })).remove(release, '1-29-6', never());
    await expect(removed).rejects.toThrow('removed nothing of revision 1-29-6');
  });

  it('takes a revision that is gone for removed', async () => {
    const script = with_({ when: 'uninstall', code: 1, stderr: 'Error: could not find target revision 1-29-6' });
    await istioctl(script).remove(release, '1-29-6', never());
    expect(script.ran.map(({ line }) => line)).toEqual(['istioctl uninstall --revision 1-29-6 -y']);
  });
});
