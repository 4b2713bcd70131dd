import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cgroup } from './layout.ts';

/** Where a hierarchy is mounted: those of cgroup v1, that of v2, or both side by side. */
async function hierarchies(): Promise<readonly string[]> {
  const mounts = await readFile('/proc/mounts', 'utf8');
  const lines = mounts.split('\n').map((line) => line.split(' '));
  return lines.filter(([, , type]) => type === 'cgroup' || type === 'cgroup2').flatMap(([, folder]) => folder ?? []);
}

/** Makes the cgroup of the pods in every hierarchy. */
export async function makeCgroups(): Promise<void> {
  for (const folder of await hierarchies()) {
    const own = join(folder, cgroup);
    await mkdir(own, { recursive: true });
    // A new cpuset of v1 allows no processor at all until it is told.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const given = await readFile(join(folder, file), 'utf8').catch(() => undefined);
      const isV1 = await access(join(own, 'cgroup.clone_children')).then(
        () => true,
        () => false,
      );
      if (given !== undefined && isV1) await writeFile(join(own, file), given);
    }
  }
}

/** Removes it with all below. Throws when a process is still in it. */
export async function removeCgroups(): Promise<void> {
  for (const folder of await hierarchies()) await removeTree(join(folder, cgroup));
}

async function removeTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return;
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  await rmdir(folder);
}
