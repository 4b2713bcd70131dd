import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { inNode, type Layout } from './layout.ts';
import { inside } from './node.ts';
import { ociArchive } from './oci.ts';
import type { TarEntry } from './tar.ts';

/** Names of the images that every node has; each holds one program of testbed/programs at /PROGRAM. */
export const images = {
  pause: 'testbed.local/pause:1',
  dns: 'testbed.local/dns:1',
  app: 'testbed.local/app:1',
  load: 'testbed.local/load:1',
} as const;

/** What programs expect of any file system. */
export const base: readonly TarEntry[] = [
  { name: 'etc/' },
  {
    name: 'etc/passwd',
    data: Buffer.from('root:x:0:0:root:/:/none\nnobody:x:65534:65534:nobody:/:/none\n'),
    mode: 0o644,
  },
  { name: 'etc/group', data: Buffer.from('root:x:0:\nnobody:x:65534:\n'), mode: 0o644 },
  { name: 'etc/nsswitch.conf', data: Buffer.from('hosts: files dns\n'), mode: 0o644 },
  { name: 'tmp/', mode: 0o1777 },
];

/** Writes the archives and returns their paths. */
export async function makeImages(layout: Layout, binaries: Binaries): Promise<readonly string[]> {
  const folder = join(layout.state, 'images');
  await mkdir(folder, { recursive: true });
  return Promise.all(
    Object.entries(images).map(async ([program, name]) => {
      const data = await readFile(join(binaries.programs, program));
      const files = program === 'pause' ? [{ name: program, data }] : [...base, { name: program, data }];
      const file = join(folder, `${program}.tar`);
      await writeFile(file, ociArchive({ name, files, entrypoint: [`/${program}`], arch: layout.arch }));
      return file;
    }),
  );
}

/** Runs containerd's client inside the node. */
export function ctr(layout: Layout, ...args: readonly string[]): Promise<string> {
  return inside(layout, ['ctr', '--address', `${inNode}/containerd.sock`, '--namespace', 'k8s.io', ...args]);
}

/** Imports archives into the node; they may lie anywhere on the machine but under /run. */
export async function importImages(layout: Layout, archives: readonly string[]): Promise<void> {
  for (const archive of archives) await ctr(layout, 'images', 'import', archive);
}
