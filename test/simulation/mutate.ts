/** Runs the subset on a copy of the source with a fault in it. */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './mutant-list.ts';

/** What became of a variant. */
export interface MutantResult {
  readonly name: string;
  /** What noticed it; null: nothing did. */
  readonly killedBy: string | null;
  readonly seconds: number;
}

const copied = ['src', 'sandbox', 'test', 'package.json', 'tsconfig.json'];

/** Variants that must be edited anew: their text is not in the source exactly once. */
export function notApplicable(root: string, all: readonly Mutant[]): readonly string[] {
  return all.flatMap(({ name, edits }) =>
    edits
      .filter(({ file, from }) => readFileSync(join(root, file), 'utf8').split(from).length !== 2)
      .map(({ file }) => `${name}: its text is not in ${file} exactly once`),
  );
}

/** Runs one. `now`: milliseconds. */
export async function runMutant(root: string, mutant: Mutant, now: () => number): Promise<MutantResult> {
  const began = now();
  const directory = mkdtempSync(join(tmpdir(), 'meshlift-mutant-'));
  try {
    for (const name of copied) cpSync(join(root, name), join(directory, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
    for (const { file, from, to } of mutant.edits) {
      const path = join(directory, file);
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace(from, () => to),
      );
    }
    const killedBy = await subsetIn(directory);
    return { name: mutant.name, killedBy, seconds: (now() - began) / 1000 };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function subsetIn(directory: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'test/simulation/run.ts', '--subset'], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (errors += piece.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(null);
      else resolve(out.trim() || errors.trim().slice(-400) || `exit code ${String(code)}`);
    });
  });
}
