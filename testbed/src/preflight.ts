import { mkdir, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Blocked, InvalidInput } from '../../src/errors.ts';
import { missingBuilds } from './binaries.ts';
import type { Layout } from './layout.ts';

/** What is asked of the machine and the person. */
interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** User id; 0 is root. */
  readonly uid: number | undefined;
}

/** Throws InvalidInput when the machine or the person cannot run a node at all. Changes nothing. */
export function checkMachine({ platform, arch, uid }: Machine): void {
  const object = 'this machine';
  if (platform !== 'linux') {
    throw new InvalidInput(`The test bed needs Linux; this is ${platform}.`, {
      object,
      remedy: 'Run it on a Linux machine; `npm test` runs everywhere.',
    });
  }
  if (arch !== 'x64' && arch !== 'arm64') {
    throw new InvalidInput(`The test bed runs on x64 and arm64; this is ${arch}.`, { object });
  }
  if (uid !== 0) {
    throw new InvalidInput('The test bed needs root: it makes namespaces, mounts and network interfaces.', {
      object: `user ${uid ?? 'unknown'}`,
      remedy: 'Run it as root, on a machine where that is acceptable.',
    });
  }
}

const gibibyte = 2 ** 30;
/** Images, containers and logs of a node at work. */
const runGiB = 2;
/** Build cache of Go, module cache and results. */
const buildGiB = 8;

/** Throws Blocked when a folder's disk has too little space for the node, or for the builds that are still to do. */
export async function checkDisk(layout: Layout): Promise<void> {
  const building = (await missingBuilds(layout)).length > 0;
  await needSpace(dirname(layout.state), runGiB, 'to run a node');
  await needSpace(layout.binaries, building ? buildGiB : 0, 'to build Kubernetes');
}

async function needSpace(folder: string, gibibytes: number, purpose: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= gibibytes * gibibyte) return;
  const free = (bavail * bsize) / gibibyte;
  throw new Blocked(`Too little disk space ${purpose}: ${free.toFixed(1)} GiB free, ${gibibytes} GiB needed.`, {
    object: `folder ${folder}`,
    remedy: 'Free some space, or set XDG_CACHE_HOME and XDG_STATE_HOME to a larger disk.',
  });
}
