import { describe, expect, it } from 'vitest';
import { Blocked } from '../errors.ts';
import type { OwnerKind } from '../mesh/model-basics.ts';
import { installerFor } from './choose.ts';
import type { InstallRequest } from './installer.ts';
import { memoryApi } from './memory-maps.test-helper.ts';
import { never, scripted } from './scripted.test-helper.ts';

const release = { owner: 'argocd', name: 'istiod-1-30-3', namespace: 'istio-system' } as const;
const like = { ...release, name: 'istiod-1-29-6' };
const canary: InstallRequest = {
  ...{ chart: 'istiod', release, version: '1.30.3', revision: '1-30-3', tags: null, like },
};
const base: InstallRequest = { chart: 'base', release, version: '1.30.3', defaultRevision: '1-30-3' };

function installer(owner: OwnerKind, sandbox = false) {
  const { run } = scripted([]);
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  return installerFor(owner, { run, clock, api: memoryApi([]), charts: '', operatorFile: null, sandbox });
}

async function remedyOf(owner: OwnerKind, request: InstallRequest): Promise<string> {
  const error: unknown = await installer(owner)
    .install(request, never())
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Blocked);
  return (error as Blocked).remedy ?? '';
}

describe('owners that meshlift does not drive', () => {
  it.each([
    ['sail', canary, /spec\.updateStrategy\.type .* RevisionBased and field spec\.version to v1\.30\.3/],
    [
      'sail',
      { ...canary, tags: ['prod'] },
      /spec\.targetRef of IstioRevisionTag prod to \{kind: IstioRevision, name: 1-30-3\}/,
    ],
    ['argocd', base, /Application .* field spec\.source\.targetRevision to "1\.30\.3", .*defaultRevision: "1-30-3"/],
    ['argocd', canary, /Add an Application .* copy of that of istiod-1-29-6 .*revision: "1-30-3"/],
    ['flux', base, /HelmRelease .* field spec\.chart\.spec\.version to "1\.30\.3", field spec\.values/],
    ['mixed', canary, /Decide for one tool/],
    ['none', canary, /Apply the manifests of chart istiod 1\.30\.3/],
    ['unknown', canary, /Give the right to read/],
  ] as const)('%s: says which field of which object to change', async (owner, request, remedy) => {
    expect(await remedyOf(owner, request)).toMatch(remedy);
  });

  it('refuse to preview and to remove too', async () => {
    await expect(installer('flux').preview(base, never())).rejects.toThrow(Blocked);
    await expect(installer('sail').remove(release, '1-29-6', never())).rejects.toThrow(Blocked);
  });
});

describe('the choice', () => {
  it('is by owner, and in a sandbox its own for helm and istioctl', () => {
    expect(installer('helm').name).toBe('helm');
    expect(installer('istioctl').name).toBe('istioctl');
    expect(installer('helm', true).name).toBe('the sandbox');
    expect(installer('istioctl', true).name).toBe('the sandbox');
    expect(installer('argocd', true).name).toBe('argocd');
  });
});
