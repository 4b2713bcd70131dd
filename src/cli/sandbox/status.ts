/** `meshlift sandbox status`. */
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import type { StatusFlags } from './options.ts';
import { runningSandbox } from './state.ts';
import { howToReach, statusDocument } from './text.ts';

/** Runs the command: 0 when a sandbox runs, else 1. */
export async function status({ output }: StatusFlags, io: CliIo): Promise<ExitCode> {
  const state = await runningSandbox(io);
  if (output === 'json') io.stdout(`${JSON.stringify(statusDocument(state), null, 2)}\n`);
  else io.stdout(state === null ? 'No sandbox runs. Start one: meshlift sandbox start\n' : howToReach(state));
  return state === null ? exitCodes.failed : exitCodes.fine;
}
