/** `meshlift sandbox stop`. */
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import { forget, runningSandbox, statePaths, type SandboxState } from './state.ts';

/** Milliseconds between two looks, and until it is ended by force. */
const WAIT = { look: 50, limit: 10_000 } as const;

/** Runs the command. Fine when no sandbox runs. */
export async function stop(io: CliIo): Promise<ExitCode> {
  const state = await runningSandbox(io);
  if (state === null) {
    io.stdout('No sandbox runs.\n');
    return exitCodes.fine;
  }
  io.processes.end(state.pid, 'ask');
  if (!(await hasEnded(state, io))) io.processes.end(state.pid, 'kill');
  await forget(state, io);
  io.stdout(`The sandbox has ended: ${state.content}.\n`);
  return exitCodes.fine;
}

// Where nobody reaps processes (a container without init) an ended one still counts as alive; its state is gone then.
async function hasEnded({ pid }: SandboxState, io: CliIo): Promise<boolean> {
  const { state } = statePaths(io);
  for (let waited = 0; waited < WAIT.limit; waited += WAIT.look) {
    if (!io.processes.alive(pid) || !(await io.exists(state))) return true;
    await io.wait(WAIT.look);
  }
  return false;
}
