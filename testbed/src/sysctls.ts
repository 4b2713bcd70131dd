import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout } from './layout.ts';

/** Settings that have no namespace of their own, and what thirty pods need. */
const wanted: Readonly<Record<string, number>> = {
  'fs/inotify/max_user_instances': 8192,
  'fs/inotify/max_user_watches': 524_288,
};

const recordOf = (layout: Layout) => join(layout.state, 'sysctls.json');
const fileOf = (name: string) => `/proc/sys/${name}`;

/** Raises what is too low, and remembers what it was. */
export async function raiseSysctls(layout: Layout): Promise<void> {
  const before: Record<string, string> = {};
  for (const [name, value] of Object.entries(wanted)) {
    const current = (await readFile(fileOf(name), 'utf8')).trim();
    if (Number(current) < value) before[name] = current;
  }
  // Written first: a run that is killed between the two must still be able to restore.
  await writeFile(recordOf(layout), JSON.stringify(before));
  for (const name of Object.keys(before)) await writeFile(fileOf(name), String(wanted[name]));
}

/** Sets back what was raised, unless somebody else has changed it since. */
export async function restoreSysctls(layout: Layout): Promise<void> {
  const text = await readFile(recordOf(layout), 'utf8').catch(() => '{}');
  for (const [name, value] of Object.entries(JSON.parse(text) as Record<string, string>)) {
    const current = (await readFile(fileOf(name), 'utf8')).trim();
    if (current === String(wanted[name])) await writeFile(fileOf(name), value);
  }
}
