import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { istioInUse } from './source.ts';

test('without an Istio of the person the stand-in is used, and said', async () => {
  expect(await istioInUse({}, ['1.29.6'])).toMatch(/^stand-in Istio/);
  expect(await istioInUse({ releases: '', images: '' }, ['1.29.6'])).toMatch(/^stand-in Istio/);
});

test('half of an Istio is refused, missing files are named, a whole one is not taken for the stand-in', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'meshlift-source-'));
  try {
    await expect(istioInUse({ releases: folder }, ['1.29.6'])).rejects.toThrow(/Only one of/);
    await mkdir(join(folder, '1.29.6', 'manifests', 'charts'), { recursive: true });
    await mkdir(join(folder, '1.29.6', 'bin'));
    for (const file of ['1.29.6/bin/istioctl', 'pilot-1.29.6.tar']) await writeFile(join(folder, file), '');
    const given = { releases: folder, images: folder };
    await expect(istioInUse(given, ['1.29.6'])).rejects.toThrow(/lacks [^,]*proxyv2-1\.29\.6\.tar\.$/);
    await writeFile(join(folder, 'proxyv2-1.29.6.tar'), '');
    await expect(istioInUse(given, ['1.29.6'])).rejects.toMatchObject({ errorClass: 'Blocked' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
