/** A program that answers by a script, and remembers what it was asked. */
import type { RunProgram } from './installer.ts';

/** An answer to every command line that contains the text; the first that fits is given. */
export interface Line {
  readonly when: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code?: number;
}

/** What was run: the command line, and what was on standard input. */
export interface Ran {
  readonly line: string;
  readonly input: string;
}

/** Runs the script. A command line that no line fits fails the test by its error. */
export function scripted(lines: readonly Line[]): { readonly run: RunProgram; readonly ran: Ran[] } {
  const ran: Ran[] = [];
  const run: RunProgram = (program, args, { input = '' }) => {
    const line = [program, ...args].join(' ');
    ran.push({ line, input });
    const answer = lines.find(({ when }) => line.includes(when));
    if (answer === undefined)
      return Promise.resolve({ code: 1, stdout: '', stderr: `no answer in the script: ${line}` });
    return Promise.resolve({ code: answer.code ?? 0, stdout: answer.stdout ?? '', stderr: answer.stderr ?? '' });
  };
  return { run, ran };
}

/** A signal that never fires. */
export function never(): AbortSignal {
  return new AbortController().signal;
}
