import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ServerCounts } from '../server/counts.ts';
import type { BenchServer, ServerOptions } from '../server/server.ts';
import { root } from './child.ts';

/** A synthetic cluster in a process of its own. */
export interface Cluster extends Pick<BenchServer, 'port' | 'objects' | 'istiods' | 'silentProxies'> {
  readonly url: string;
  /** Environment of a client: its kubeconfig, and a home without anything in it. */
  readonly env: Readonly<Record<string, string>>;
  /** The counts since the last call. */
  readonly takeCounts: () => Promise<ServerCounts>;
  readonly stop: () => Promise<void>;
}

function kubeconfig(url: string): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    clusters: [{ name: 'bench', cluster: { server: url } }],
    users: [{ name: 'bench', user: {} }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
  };
  return JSON.stringify(config);
}

/** Starts a synthetic cluster and waits until it can be asked. Throws Error when it does not start. */
export async function startCluster(options: ServerOptions): Promise<Cluster> {
  const args = ['--import', 'tsx', 'bench/server/main.ts', JSON.stringify(options)];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`the synthetic cluster ended with ${code}`)));
  });
  const told = JSON.parse(line) as Pick<Cluster, 'port' | 'objects' | 'istiods' | 'silentProxies'>;
  const url = `http://127.0.0.1:${told.port}`;
  const home = await mkdtemp(join(tmpdir(), 'meshlift-bench-'));
  const path = join(home, 'kubeconfig');
  await writeFile(path, kubeconfig(url));
  return {
    ...told,
    url,
    env: { HOME: home, KUBECONFIG: path, BENCH_SERVER: url },
    takeCounts: async () => (await (await fetch(`${url}/__counts`, { method: 'POST' })).json()) as ServerCounts,
    stop: async () => {
      child.stdin.end();
      await exited;
      await rm(home, { recursive: true });
    },
  };
}
