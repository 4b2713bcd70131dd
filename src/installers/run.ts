/** Runs a program and gives its output, or one of our errors. */
import { Aborted, Blocked, InvalidInput, Transient, type MeshliftError } from '../errors.ts';
import type { RunProgram } from './installer.ts';

/** One call of a tool. */
export interface Call {
  readonly program: string;
  readonly args: readonly string[];
  readonly signal: AbortSignal;
  readonly input?: string;
  /** What is worked on, for messages: 'release istio-system/istiod'. */
  readonly object: string;
}

/** What a tool says when it fails, and what that means. The first that matches counts. */
export type Failures = readonly (readonly [pattern: RegExp, error: (said: string, call: Call) => MeshliftError])[];

/** Network troubles as Go programs word them. */
const passing =
  /connection refused|connection reset|i\/o timeout|context deadline exceeded|TLS handshake|unexpected EOF|no such host|too many requests|etcdserver|the server is currently unable/i;

/**
 * Standard output of a call that ends well; a failed one is an error by `failures`.
 * @throws InvalidInput when the program is not there, Aborted by the signal, Transient for troubles of the network, Blocked
 * for everything that the table does not name, with the program's own words
 */
export async function output(run: RunProgram, call: Call, failures: Failures): Promise<string> {
  const { program, args, signal, input, object } = call;
  const result = await run(program, args, { signal, ...(input !== undefined && { input }) }).catch((error: unknown) => {
    if (signal.aborted) throw new Aborted(`Stopped while ${program} worked on ${object}.`, { object, cause: error });
    if (isMissing(error)) throw notFound(program);
    throw new Transient(`${program} could not be run: ${String(error)}`, { object, cause: error });
  });
  if (signal.aborted) throw new Aborted(`Stopped while ${program} worked on ${object}.`, { object });
  if (result.code === 0) return result.stdout;
  if (result.code === 127) throw notFound(program);
  const said = lastWords(result.stderr || result.stdout);
  const known = failures.find(([pattern]) => pattern.test(said));
  if (known !== undefined) throw known[1](said, call);
  const message = `${program} ${args[0] ?? ''} failed (exit code ${String(result.code)}): ${said}`;
  if (passing.test(said)) throw new Transient(message, { object, remedy: 'Try again.' });
  throw new Blocked(message, { object, remedy: `Correct what ${program} names, then resume.` });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function notFound(program: string): InvalidInput {
  return new InvalidInput(`The program ${program} was not found.`, {
    ...{ object: program, remedy: `Install ${program} and put it on the PATH: it manages the control plane.` },
  });
}

/** Without its warnings, and not without end. */
function lastWords(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^(WARNING|W\d{4})/.test(line));
  return lines
    .slice(-20)
    .join('\n')
    .replace(/^Error: /, '')
    .slice(0, 4000);
}

/** How a person would type it; words that a shell would split are quoted. */
export function commandLine(program: string, args: readonly string[]): string {
  const quoted = args.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return [program, ...quoted].join(' ');
}
