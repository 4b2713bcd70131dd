/** `meshlift sandbox`: its flags. The commands themselves are loaded when they run. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Done } from '../flags.ts';
import type { CliIo } from '../io.ts';
import type { StartFlags, StatusFlags } from './options.ts';

/** The command for commander. */
export function sandboxCommand(io: CliIo, done: Done): Command {
  return new Command('sandbox')
    .description('Run an embedded cluster with a simulated Istio, to try things where nothing can break.')
    .helpCommand(false)
    .addCommand(startCommand(io, done))
    .addCommand(
      new Command('stop').description('End the sandbox and forget everything in it.').action(async () => {
        const { stop } = await import('./stop.ts');
        done(await stop(io));
      }),
    )
    .addCommand(statusCommand(io, done));
}

function statusCommand(io: CliIo, done: Done): Command {
  return new Command('status')
    .description('Say whether a sandbox runs, and how to reach it and its live Services.')
    .addOption(new Option('-o, --output <format>', 'format of the answer').choices(['table', 'json']).default('table'))
    .action(async (flags: StatusFlags) => {
      const { status } = await import('./status.ts');
      done(await status(flags, io));
    });
}

function startCommand(io: CliIo, done: Done): Command {
  return new Command('start')
    .description('Start the sandbox in the background and wait until everything in it is ready.')
    .addOption(new Option('--scenario <name>', 'cluster to start with (default: bookinfo)').conflicts('snapshot'))
    .option('--snapshot <file>', 'start from a recorded cluster: a rehearsal of your own upgrade')
    .addOption(new Option('--port <n>', 'port on 127.0.0.1; 0 for any free one').argParser(aPort).default(0))
    .option('--kubeconfig-out <file>', 'kubeconfig to write (default: in the state directory)')
    .option('--live', 'run pods with a sidecar as real servers on loopback, to probe them')
    .option('--foreground', 'stay in the foreground until Ctrl-C')
    .action(async (flags: StartFlags) => {
      const { serve, start } = await import('./start.ts');
      done(await (flags.foreground === true ? serve(flags, io) : start(flags, io)));
    });
}

function aPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError('Give a port from 0 to 65535.');
  return port;
}
