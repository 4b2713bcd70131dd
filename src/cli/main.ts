/** The program: which commands there are, and what becomes of their errors. Each command's code is loaded when it runs. */
import { Command, CommanderError } from 'commander';
import { MeshliftError } from '../errors.ts';
import { checkCommand } from './check/flags.ts';
import { exitCodeOf, exitCodes, type ExitCode } from './exit-code.ts';
import type { Done } from './flags.ts';
import type { CliIo } from './io.ts';
import { demoCommand } from './demo/flags.ts';
import { knowledgeCommand } from './knowledge/flags.ts';
import { planCommand } from './plan/flags.ts';
import { probeCommand } from './probe/flags.ts';
import { rbacCommand } from './rbac/flags.ts';
import { evidenceCommands } from './report/flags.ts';
import { runCommands } from './run/flags.ts';
import { sandboxCommand } from './sandbox/flags.ts';
import { snapshotCommand } from './snapshot/flags.ts';
import { statusCommand } from './status/flags.ts';
import { toolVersion } from './version.ts';

/** Runs the command line without the program's name; the answer is the exit code. Never throws. */
export async function main(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  let code: ExitCode = exitCodes.fine;
  const program = createProgram(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv.length === 0 ? ['--help'] : [...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
    io.stderr(errorText(error, io));
    return exitCodeOf(error);
  }
}

/** The program with all its commands. Each tells its exit code to `done`. */
export function createProgram(io: CliIo, done: Done): Command {
  const program = new Command('meshlift')
    .description('Upgrades Istio on live Kubernetes clusters without losing a request, and proves it.')
    .version(toolVersion(), '-V, --version', 'print the version')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExit codes: 0 fine, 1 failed, 2 wrong usage or input, 3 blocked by a finding, 4 waiting for a person, 5 rolled back, 6 could not see enough to say.',
    );
  program.addCommand(statusCommand(io, done)).addCommand(probeCommand(io, done)).addCommand(snapshotCommand(io, done));
  program.addCommand(checkCommand(io, done)).addCommand(knowledgeCommand(io, done));
  program.addCommand(planCommand(io, done));
  for (const command of [...runCommands(io, done), ...evidenceCommands(io, done)]) program.addCommand(command);
  program
    .addCommand(rbacCommand(io, done))
    .addCommand(sandboxCommand(io, done))
    .addCommand(demoCommand(io, done, main));
  everyCommand(program, (command) => prepare(command, io));
  return program;
}

function everyCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) everyCommand(child, visit);
}

// Help has one width everywhere, so that the pages in docs/ can hold it word for word. Commands that were added, not
// made, by their parent inherit none of this.
function prepare(command: Command, io: CliIo): void {
  command
    .exitOverride()
    .showHelpAfterError(`Run "${fullName(command)} --help" to see what it takes.`)
    .configureHelp({ helpWidth: 100, showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => io.stdout(text),
      writeErr: (text) => io.stderr(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function errorText(error: unknown, io: CliIo): string {
  if (error instanceof MeshliftError) {
    return `meshlift: ${error.message}\n${error.remedy ? `  ${error.remedy}\n` : ''}`;
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = io.env['MESHLIFT_DEBUG'] && error instanceof Error ? `${error.stack ?? ''}\n` : '';
  return `meshlift: unexpected fault: ${message}\n  This is a fault of meshlift: report it with the output of MESHLIFT_DEBUG=1.\n${stack}`;
}
