import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NotFound } from '../../src/errors.ts';
import type { Binaries } from './binaries.ts';
import { commandLine, type Component } from './components.ts';
import { inNode, type Layout } from './layout.ts';
import { run, until } from './run.ts';

/** A process by number and start: the number alone may have gone to another one. */
interface ProcessId {
  readonly pid: number;
  /** Clock ticks after boot, field 22 of /proc/PID/stat. */
  readonly started: string;
}

const recordOf = (layout: Layout) => join(layout.state, 'init.json');

/** Start of a process in clock ticks after boot; undefined when there is none (any more). */
export async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in parentheses, which may hold spaces.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended.
  return fields?.[0] === 'Z' ? undefined : fields?.[19];
}

/** Process number of the node's first process, as the machine counts; undefined when no node runs. */
export async function initPid(layout: Layout): Promise<number | undefined> {
  const text = await readFile(recordOf(layout), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { pid, started } = JSON.parse(text) as ProcessId;
  return (await startOf(pid)) === started ? pid : undefined;
}

/** Starts the node's first process in PID, mount, network, IPC and host name namespaces of its own. Ending it ends the whole node. */
export async function startInit(layout: Layout, binaries: Binaries): Promise<number> {
  const namespaces = ['--fork', '--pid', '--mount', '--mount-proc', '--net', '--ipc', '--uts'];
  const pause = join(binaries.programs, 'pause');
  const parent = spawn('/usr/bin/unshare', [...namespaces, pause], { detached: true, stdio: 'ignore', cwd: '/' });
  await new Promise<void>((resolve, reject) => parent.once('spawn', resolve).once('error', reject));
  parent.unref();
  let pid = 0;
  await until('the node has its namespaces', 10_000, async () => {
    const children = await readFile(`/proc/${parent.pid ?? 0}/task/${parent.pid ?? 0}/children`, 'utf8');
    pid = Number(children.trim().split(' ')[0]);
    // unshare mounts /proc before it starts the program: only then all is as it should be.
    return pid > 0 && (await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === 'pause';
  });
  await writeFile(recordOf(layout), JSON.stringify({ pid, started: await startOf(pid) }));
  return pid;
}

/** Arguments of nsenter that run a program inside the node. Throws NotFound when there is no node. */
async function entering(layout: Layout): Promise<readonly string[]> {
  const pid = await initPid(layout);
  if (pid === undefined) {
    throw new NotFound('There is no running node.', { object: 'test bed', remedy: 'Start it with testbed/up.' });
  }
  return ['--target', String(pid), '--mount', '--pid', '--net', '--ipc', '--uts', '--'];
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Runs a program inside the node and returns its standard output. Throws NotFound without a node, Transient when it fails. */
export async function inside(layout: Layout, command: readonly string[], timeoutMs?: number): Promise<string> {
  const options = { cwd: '/', env: { PATH: path }, ...(timeoutMs !== undefined && { timeoutMs }) };
  return run('nsenter', [...(await entering(layout)), ...command], options);
}

/** Runs a shell script inside the node; it stops at the first command that fails. */
export async function shell(layout: Layout, script: string): Promise<string> {
  return inside(layout, ['sh', '-euc', script]);
}

const pidFile = (component: Component) => `pids/${component}`;

/** Starts a component in the background; its output goes to the log of its name. It does not wait until it is ready. */
export async function startComponent(layout: Layout, binaries: Binaries, component: Component): Promise<void> {
  await mkdir(join(layout.state, 'pids'), { recursive: true });
  await mkdir(layout.logs, { recursive: true });
  const launch = `setsid "$@" >>${inNode}/logs/${component}.log 2>&1 </dev/null & echo $! >${inNode}/${pidFile(component)}`;
  await inside(layout, ['sh', '-c', launch, 'sh', ...commandLine(component, binaries)]);
}

/** Sends a signal to a component, for example 'KILL', 'TERM', 'STOP' or 'CONT'. Throws Transient when it doesn't run. */
export async function signalComponent(layout: Layout, component: Component, signal: string): Promise<void> {
  const pid = (await readFile(join(layout.state, pidFile(component)), 'utf8')).trim();
  await inside(layout, ['sh', '-c', `kill -${signal} ${pid}`]);
}

/** Ends a component and waits until it is gone. `signal` default 'KILL'. */
export async function stopComponent(layout: Layout, component: Component, signal = 'KILL'): Promise<void> {
  const pid = (await readFile(join(layout.state, pidFile(component)), 'utf8')).trim();
  await signalComponent(layout, component, signal);
  await until(`${component} has ended`, 30_000, async () => {
    return (await inside(layout, ['sh', '-c', `kill -0 ${pid} 2>/dev/null || echo gone`])).trim() === 'gone';
  });
}

/** Ends the node's first process, and with it every process of the node. */
export async function killInit(layout: Layout): Promise<void> {
  const recorded = await initPid(layout);
  const pids = [...new Set([...(recorded === undefined ? [] : [recorded]), ...(await unrecorded(layout))])];
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until('all processes of the node have ended', 60_000, async () => {
    return (await Promise.all(pids.map(startOf))).every((started) => started === undefined);
  });
  await rm(recordOf(layout), { force: true });
}

/** First processes that no record names: of a start that was killed before it could write one. */
async function unrecorded(layout: Layout): Promise<readonly number[]> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    numbers.map(async (number) => {
      const command = await readFile(`/proc/${number}/cmdline`, 'utf8').catch(() => '');
      const isOurs = command.startsWith(`${layout.binaries}/programs-`) && command.endsWith('/pause\0');
      return isOurs ? [Number(number)] : [];
    }),
  );
  return found.flat();
}
