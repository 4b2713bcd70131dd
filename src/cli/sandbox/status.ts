/** `meshlift sandbox status`. */
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import { runningSandbox } from './state.ts';
import { howToReach } from './text.ts';

/** Runs the command: 0 when a sandbox runs, else 1. */
export async function status(io: CliIo): Promise<ExitCode> {
  const state = await runningSandbox(io);
  io.stdout(state === null ? 'No sandbox runs. Start one: meshlift sandbox start\n' : howToReach(state));
  return state === null ? exitCodes.failed : exitCodes.fine;
}
