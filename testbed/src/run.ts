import { execFile, spawn } from 'node:child_process';
import { MeshliftError, Transient } from '../../src/errors.ts';

/** How to run a program. */
export interface RunOptions {
  readonly cwd?: string;
  /** Laid over this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to its standard input. Default: nothing. */
  readonly input?: string;
  /** Default 120 s. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end and returns its standard output. Throws Transient with the end of what it wrote when it fails. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { input = '', timeoutMs = 120_000, env, cwd } = options;
  return new Promise((resolve, reject) => {
    const settings = {
      timeout: timeoutMs,
      maxBuffer: 64 << 20,
      env: { ...process.env, ...env },
      ...(cwd !== undefined && { cwd }),
    };
    const child = execFile(program, [...args], settings, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-12).join('\n');
      const why = error.killed ? `no end within ${timeoutMs / 1000} s` : error.message.split('\n')[0];
      reject(
        new Transient(`${program} ${args.join(' ')} failed: ${why ?? ''}\n${said}`, {
          object: `program ${program}`,
          cause: error,
          remedy: 'Read what it wrote, above.',
        }),
      );
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** Whether a program ends well. */
export async function succeeds(program: string, args: readonly string[], options: RunOptions = {}): Promise<boolean> {
  return run(program, args, options).then(
    () => true,
    () => false,
  );
}

/** Runs a program whose output the person should see; the exit code. */
export function runVisibly(program: string, args: readonly string[], cwd: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { cwd, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** Waits until a condition holds; it is asked every 100 ms. Throws Transient after the time, with what it last failed with. */
export async function until(what: string, timeoutMs: number, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    const held = await holds().catch((error: unknown) => {
      last = error;
      return false;
    });
    if (held) return;
    if (performance.now() > end) {
      const why = last instanceof Error ? `: ${last.message}` : '';
      throw new Transient(`Not within ${timeoutMs / 1000} s: ${what}${why}`, { object: what, cause: last });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Runs a command of the test bed: an expected error is told in its own words, with exit code 2 for wrong input, else 1. */
export async function main(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    if (!(error instanceof MeshliftError)) throw error;
    console.error(`testbed: ${error.message}`);
    if (error.remedy) console.error(`  ${error.remedy}`);
    process.exitCode = error.errorClass === 'InvalidInput' ? 2 : 1;
  }
}
