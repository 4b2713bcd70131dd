import { execFile } from 'node:child_process';
import { Aborted } from '../../errors.ts';
import type { RunProgram } from '../../installers/installer.ts';

/** Longest output that is kept, in bytes: a rendered Istio is about 1 MB. */
const maxBuffer = 64 * 1024 * 1024;

/** Runs a program of the person's machine. Rejects with Node's ENOENT error when it is not there, and with Aborted. */
export const runProgram: RunProgram = (program, args, { signal, input, env }) =>
  new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...args],
      { signal, maxBuffer, env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ code: 0, stdout, stderr });
        if (signal.aborted) return reject(new Aborted(`${program} was stopped.`, { object: program }));
        // The error of execFile is one, though its type does not say so; `code` tells that the program is missing.
        if (error.code === 'ENOENT') return reject(Object.assign(new Error(error.message), { code: error.code }));
        resolve({ code: typeof error.code === 'number' ? error.code : 1, stdout, stderr });
      },
    );
    // A program that ends early closes its input: that is its own business.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
