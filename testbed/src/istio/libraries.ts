import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { run } from '../run.ts';
import type { TarEntry } from '../tar.ts';

/** Shared libraries of programs, with the loader, at the paths at which the programs look for them. */
export async function libraries(programs: readonly string[]): Promise<readonly TarEntry[]> {
  const paths = new Set<string>();
  for (const program of programs) {
    const said = await run('ldd', [program]);
    for (const [, path] of said.matchAll(/(?:^|=>)\s+(\/\S+)/gm)) if (path !== undefined) paths.add(path);
  }
  return Promise.all(
    [...paths].sort().map(async (path) => ({ name: path.slice(1), data: await readFile(await realpath(path)) })),
  );
}

/** All files and links of a folder, under the same path. */
async function folderEntries(folder: string): Promise<readonly TarEntry[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const isLink = (await lstat(path)).isSymbolicLink();
      return isLink
        ? { name: path.slice(1), link: await readlink(path) }
        : { name: path.slice(1), data: await readFile(path) };
    }),
  );
}

/** The machine's iptables with its extensions and libraries. */
export async function iptables(): Promise<readonly TarEntry[]> {
  const program = await realpath((await run('sh', ['-c', 'command -v iptables'])).trim());
  const folder = `usr/sbin/${basename(program)}`;
  const extensions = (await run('sh', ['-c', 'dirname "$(find /usr/lib -name libxt_owner.so | head -1)"'])).trim();
  return [
    { name: folder, data: await readFile(program) },
    { name: 'usr/sbin/iptables', link: basename(program) },
    ...(await libraries([program, join(extensions, 'libxt_owner.so')])),
    ...(await folderEntries(extensions)).filter(({ name }) => /lib(xt|ipt)_/.test(name)),
    { name: `${dirname(extensions).slice(1)}/` },
  ];
}
