import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { ociArchive } from './oci.ts';

const wish = {
  name: 'testbed.local/x:1',
  files: [{ name: 'x', data: Buffer.from('program') }],
  entrypoint: ['/x'],
  env: { A: 'b' },
  arch: 'amd64',
};

function entry(archive: Buffer, name: string): Buffer {
  return execFileSync('tar', ['-x', '-O', name], { input: archive });
}

interface Reference {
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Record<string, string>;
}

function blobOf(archive: Buffer, { digest, size }: Reference): Buffer {
  const bytes = entry(archive, `blobs/sha256/${digest.slice(7)}`);
  expect(bytes).toHaveLength(size);
  expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(digest);
  return bytes;
}

test('index, manifest, configuration and layer refer to each other by what they hold', () => {
  const archive = ociArchive(wish);
  const index = JSON.parse(entry(archive, 'index.json').toString()) as { manifests: [Reference] };
  expect(index.manifests[0].annotations?.['io.containerd.image.name']).toBe('testbed.local/x:1');
  const manifest = JSON.parse(blobOf(archive, index.manifests[0]).toString()) as {
    config: Reference;
    layers: [Reference];
  };
  const config: unknown = JSON.parse(blobOf(archive, manifest.config).toString());
  const layer = blobOf(archive, manifest.layers[0]);
  expect(config).toMatchObject({
    architecture: 'amd64',
    config: { Entrypoint: ['/x'], Env: ['A=b'] },
    rootfs: { diff_ids: [manifest.layers[0].digest] },
  });
  expect(entry(layer, 'x').toString()).toBe('program');
});

test('the same wish gives the same bytes', () => {
  expect(ociArchive(wish).equals(ociArchive(wish))).toBe(true);
});
