import { access, readdir, readFile, readlink } from 'node:fs/promises';
import { cgroup, type Layout } from './layout.ts';
import { run } from './run.ts';

/** What a node could leave on a machine: lines by what they are about. */
export type Survey = Readonly<Record<string, readonly string[]>>;

const iptables = '/usr/sbin/iptables-save';

/** Looks at everything of the machine that a node touches. Needs root. Changes nothing. */
export async function survey(layout: Layout): Promise<Survey> {
  const hasIptables = await access(iptables).then(
    () => true,
    () => false,
  );
  const settings = ['fs/inotify/max_user_instances', 'fs/inotify/max_user_watches', 'net/ipv4/ip_forward'];
  return {
    mounts: lines(await readFile('/proc/self/mounts', 'utf8')),
    interfaces: lines(await run('ip', ['-o', 'link'])).map((line) => line.split(':')[1]?.trim() ?? line),
    routes: lines(await run('ip', ['route', 'show', 'table', 'all'])),
    'named network namespaces': await readdir('/run/netns').catch(() => []),
    'iptables rules': hasIptables ? rules(await run(iptables, [])) : [],
    cgroups: await cgroups(),
    settings: await Promise.all(
      settings.map(async (name) => `${name} ${(await readFile(`/proc/sys/${name}`, 'utf8')).trim()}`),
    ),
    processes: await processes(layout),
  };
}

const lines = (text: string) => text.split('\n').filter((line) => line !== '');

/** Comments hold the time, chains hold counters. */
function rules(saved: string): readonly string[] {
  const kept = lines(saved).filter((line) => !line.startsWith('#'));
  return kept.map((line) => line.replace(/ \[\d+:\d+\]$/, ''));
}

async function cgroups(): Promise<readonly string[]> {
  const found = await run('find', ['/sys/fs/cgroup', '-maxdepth', '2', '-name', `*${cgroup}*`]);
  return lines(found);
}

/** Processes of ours by what they run, and processes in other PID namespaces than this one. */
async function processes(layout: Layout): Promise<readonly string[]> {
  const own = await readlink('/proc/self/ns/pid');
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    numbers.map(async (number) => {
      const command = (await readFile(`/proc/${number}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim();
      const namespace = await readlink(`/proc/${number}/ns/pid`).catch(() => own);
      const ours = command.includes(layout.binaries) || command.includes(layout.state) || namespace !== own;
      return ours ? [`${number} ${command}`] : [];
    }),
  );
  return found.flat();
}

/** What the second survey has and the first has not, or the other way round; empty when the machine is as it was. */
export function differences(before: Survey, after: Survey): readonly string[] {
  return Object.keys(before).flatMap((about) => {
    const [was, is] = [before[about] ?? [], after[about] ?? []];
    return [
      ...is.filter((line) => !was.includes(line)).map((line) => `${about}: left: ${line}`),
      ...was.filter((line) => !is.includes(line)).map((line) => `${about}: gone: ${line}`),
    ];
  });
}
