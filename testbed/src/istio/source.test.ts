import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { istioInUse, versionPair } from './source.ts';
import { istiodValues } from './values.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshlift-source-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function release(version: string): Promise<void> {
  await mkdir(join(folder, version, 'manifests', 'charts'), { recursive: true });
  await mkdir(join(folder, version, 'bin'));
  for (const file of [`${version}/bin/istioctl`, `pilot-${version}.tar`]) await writeFile(join(folder, file), '');
}

test('without an Istio of the person the stand-in is used, and said', async () => {
  expect(await istioInUse({})).toMatchObject({ kind: 'stand-in', words: expect.stringMatching(/^stand-in Istio/) });
  expect(await istioInUse({ releases: '', images: '' })).toMatchObject({ kind: 'stand-in' });
});

test('half of an Istio is refused, missing files are named, a whole one is used as its settings say', async () => {
  await expect(istioInUse({ releases: folder })).rejects.toThrow(/Only one of/);
  for (const version of ['1.28.1', '1.28.2']) await release(version);
  await writeFile(join(folder, 'proxyv2-1.28.1.tar'), '');
  const given = { releases: folder, images: folder, versions: '1.28.1,1.28.2' };
  await expect(istioInUse(given)).rejects.toThrow(/lacks [^,]*proxyv2-1\.28\.2\.tar\.$/);
  await writeFile(join(folder, 'proxyv2-1.28.2.tar'), '');
  const plain = await istioInUse(given);
  expect(plain).toMatchObject({
    kind: 'real',
    words: expect.stringMatching(/^real Istio 1\.28\.1 and 1\.28\.2, from /),
  });
  expect(istiodValues(plain, '1.28.1')).toMatchObject({
    global: { hub: 'testbed.local/given-istio', tag: '1.28.1' },
    env: { PILOT_ENABLE_ALPN_FILTER: 'false' },
  });
  const values = join(folder, 'values.yaml');
  await writeFile(values, 'env: {PILOT_ENABLE_ALPN_FILTER: "true"}\n');
  const other = await istioInUse({ ...given, hub: 'example.test/hub', tag: 'VERSION-distroless', values });
  expect(istiodValues(other, '1.28.2')).toMatchObject({
    global: { hub: 'example.test/hub', tag: '1.28.2-distroless' },
    env: { PILOT_ENABLE_ALPN_FILTER: 'true', PILOT_ENABLE_METADATA_EXCHANGE: 'false' },
  });
  await writeFile(values, 'nothing');
  await expect(istioInUse({ ...given, values })).rejects.toThrow(/holds no values/);
  await expect(istioInUse({ ...given, values: join(folder, 'none') })).rejects.toThrow(/could not be read/);
});

test('versions are two, or the default', () => {
  expect(versionPair({})).toEqual({ old: '1.29.6', next: '1.30.3' });
  expect(versionPair({ versions: '1.28.0,1.29.0' })).toEqual({ old: '1.28.0', next: '1.29.0' });
  for (const versions of ['1.29.6', '1.29.6,', '1.28.0,1.29.0,1.30.0', 'old,new'])
    expect(() => versionPair({ versions })).toThrow(/not two versions/);
});
