import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import type { ProbeReport } from '../../src/probe/report.ts';
import type { Tools } from '../src/istio/install.ts';
import { ownLayout } from '../src/environment.ts';

/** A run of the command line that goes on. */
export interface Running {
  /** Exit code, null when it was killed; and all that it said. */
  readonly ended: Promise<{ readonly code: number | null; readonly said: string }>;
  /** Resolves when it has said this, or has ended. */
  says(text: string): Promise<void>;
  /** kill -9 of the process alone: what it has started goes on. */
  kill(): void;
  /** SIGTERM. */
  stop(): void;
}

/** Starts meshlift as it is published, with helm on its path. */
export function meshlift({ env, folder }: Tools, args: readonly string[]): Running {
  const child = spawn(process.execPath, [join(dirname(ownLayout().source), 'dist', 'meshlift.mjs'), ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = saidBy(child);
  return {
    ended,
    says: (text) => Promise.race([heard(child, text), ended.then(() => undefined)]),
    kill: () => child.kill('SIGKILL'),
    stop: () => child.kill('SIGTERM'),
  };
}

function heard(child: ChildProcess, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    let said = '';
    const take = (piece: Buffer): void => {
      said += piece.toString();
      if (said.includes(wanted)) resolve();
    };
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', take);
  });
}

function saidBy(child: ChildProcess): Running['ended'] {
  const pieces: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece: Buffer) => pieces.push(piece));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, said: Buffer.concat(pieces).toString() }));
  });
}

/** Exit codes (docs/exit-codes.md): done, refused or failed, stopped where it was asked to, taken back, not all of it seen. */
export const exits = { fine: 0, failed: 1, waits: 4, rolledBack: 5, unseen: 6 } as const;

/** Runs meshlift to its end; throws with all that it said when the exit code is another one. `wanted` default: fine. */
export async function succeed(tools: Tools, args: readonly string[], wanted: number = exits.fine): Promise<string> {
  const { code, said } = await meshlift(tools, args).ended;
  if (code !== wanted) throw new Error(`meshlift ${args.join(' ')} ended with ${String(code)}:\n${said}`);
  return said;
}

/** A plan to a version, in a file; the file and what is in it. */
export async function makePlan(
  tools: Tools,
  version: string,
  policy: string,
): Promise<{ readonly file: string; readonly plan: unknown }> {
  const file = join(tools.folder, 'plan.yaml');
  await succeed(tools, ['plan', '--to', version, '--file', policy, '--out', file]);
  return { file, plan: parse(await readFile(file, 'utf8')) as unknown };
}

/** Requests to some URLs at a fixed rate, until it is stopped; at most ten minutes. Forty may be under way at each. */
export function startProbe(tools: Tools, urls: readonly string[], rate: number) {
  const out = join(tools.folder, `probe-${String(performance.now())}.json`);
  const running = meshlift(tools, [
    'probe',
    ...urls,
    '--rate',
    String(rate),
    '--duration',
    '10m',
    '--connections',
    '40',
    '--out',
    out,
  ]);
  return {
    /** The report, by target: sent and failed, with the failures by kind. */
    stop: async (): Promise<ProbeReport> => {
      running.stop();
      const { said } = await running.ended;
      const text = await readFile(out, 'utf8').catch(() => {
        throw new Error(`the probe wrote no report: ${said}`);
      });
      return JSON.parse(text) as ProbeReport;
    },
  };
}
