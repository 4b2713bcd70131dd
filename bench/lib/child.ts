import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

const meter = new URL('meter.mjs', import.meta.url).href;

/** What a finished child used and said. */
export interface ChildRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From its start to the end of its output. */
  readonly wallSeconds: number;
  /** User and system; NaN when it died before it could tell. */
  readonly cpuSeconds: number;
  /** Peak of the resident memory; NaN when it died before it could tell. */
  readonly peakMiB: number;
}

function collect(stream: Readable | null | undefined): () => string {
  const pieces: Buffer[] = [];
  stream?.on('data', (piece: Buffer) => pieces.push(piece));
  return () => Buffer.concat(pieces).toString();
}

/** Runs `node ARGS` to its end under the meter. `env` is its whole environment besides PATH; killed after `limitSeconds`. */
export async function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  limitSeconds = 180,
): Promise<ChildRun> {
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', meter, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: limitSeconds * 1000,
    killSignal: 'SIGKILL',
  });
  const [stdout, stderr, told] = [child.stdout, child.stderr, child.stdio[3] as Readable].map(collect);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const wallSeconds = (performance.now() - started) / 1000;
  const used = { cpuSeconds: NaN, peakMiB: NaN, ...(JSON.parse(told?.() || '{}') as object) };
  return { code, stdout: stdout?.() ?? '', stderr: stderr?.() ?? '', wallSeconds, ...used };
}

/** The same, but throws Error with the child's stderr when its exit code is not 0. */
export async function runNodeWell(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  limitSeconds = 180,
): Promise<ChildRun> {
  const run = await runNode(args, env, limitSeconds);
  if (run.code === 0) return run;
  throw new Error(`node ${args.join(' ')} ended with ${run.code}: ${run.stderr.slice(-2000)}`);
}
