import { access, cp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Conflict } from '../../src/errors.ts';
import { removeCgroups } from './cgroups.ts';
import type { Layout } from './layout.ts';
import { disconnectNode } from './network.ts';
import { killInit, startOf } from './node.ts';
import { until } from './run.ts';
import { restoreSysctls } from './sysctls.ts';

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** Whether there is anything of a node: running, half up or left by a run that was killed. */
export async function hasState(layout: Layout): Promise<boolean> {
  return exists(layout.state);
}

/**
 * Ends the node and removes all that it left but its logs. Safe to run at any time: it touches only what is recorded in
 * the state folder or carries a name of ours. Throws Conflict while another `up` is at work.
 */
export async function takeDown(layout: Layout): Promise<void> {
  await refuseWhileStarting(layout);
  await killInit(layout);
  // Processes of the node end a moment after its first one, and hold cgroups until then.
  await until('the cgroups of the pods are gone', 30_000, async () => {
    await removeCgroups();
    return true;
  });
  await disconnectNode();
  await restoreSysctls(layout);
  await keepLogs(layout);
  await rm(layout.state, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function refuseWhileStarting(layout: Layout): Promise<void> {
  const owner = await starter(layout);
  if (owner === undefined || owner === process.pid) return;
  throw new Conflict(`Another process (${owner}) is bringing the node up.`, {
    object: `process ${owner}`,
    remedy: 'Wait for it, or end it.',
  });
}

/** Number of the process that is bringing the node up; undefined when none is. */
export async function starter(layout: Layout): Promise<number | undefined> {
  const text = await readFile(starterFile(layout), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { pid, started } = JSON.parse(text) as { readonly pid: number; readonly started: string };
  return (await startOf(pid)) === started ? pid : undefined;
}

/** File that tells who is bringing the node up, while that goes on. */
export const starterFile = (layout: Layout): string => join(layout.state, 'starting.json');

async function keepLogs(layout: Layout): Promise<void> {
  if (!(await exists(layout.logs))) return;
  await rm(layout.lastLogs, { recursive: true, force: true });
  // The state may lie on another disk than the cache.
  await rename(layout.logs, layout.lastLogs).catch(() => cp(layout.logs, layout.lastLogs, { recursive: true }));
}
