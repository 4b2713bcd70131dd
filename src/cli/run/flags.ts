/** `apply`, `upgrade`, `pause`, `resume`, `rollback`, `complete`: their flags. The code is loaded when they run. */
import { Command, Option } from 'commander';
import { duration, withClusterFlags, type Done } from '../flags.ts';
import type { CliIo } from '../io.ts';
import type { RunFlags, UpgradeFlags } from './options.ts';

/** All of them for commander. */
export function runCommands(io: CliIo, done: Done): readonly Command[] {
  return [applyCommand(io, done), upgradeCommand(io, done), ...runsByName(io, done)];
}

function applyCommand(io: CliIo, done: Done): Command {
  const command = withRunFlags(new Command('apply'))
    .description('Carry out a plan: every write is one that the plan lists. Asks before the first one.')
    .argument('<plan>', 'file of "meshlift plan --out"')
    .addOption(untilOption());
  return withClusterFlags(command).action(async (file: string, flags: RunFlags) => {
    const { apply } = await import('./commands.ts');
    done(await apply(file, flags, io));
  });
}

function upgradeCommand(io: CliIo, done: Done): Command {
  const command = withRunFlags(new Command('upgrade'))
    .description('Check, plan, show the plan, ask, and carry it out.')
    .requiredOption('--to <version>', 'version to upgrade to, for example 1.30.3')
    .option('--revision <name>', 'control plane to upgrade, when there are several')
    .option('-f, --file <policy>', 'policy file (meshlift.yaml); without it the defaults hold')
    .option('--out <file>', 'also write the plan there')
    .option('--knowledge <file>', 'file that extends what is known of Istio versions')
    .addOption(untilOption());
  return withClusterFlags(command).action(async (flags: UpgradeFlags) => {
    const { upgrade } = await import('./commands.ts');
    done(await upgrade(flags, io));
  });
}

const descriptions = {
  pause: 'Ask the process that runs to stand still. Nothing new is begun within a second.',
  resume: 'Go on with a run that stands still or whose process is gone, from wherever the cluster stands.',
  rollback: 'Take a run back: routing first, then the workloads that were moved, in waves.',
  complete: 'Remove the old control plane, once nothing uses it. There is no way back from there.',
} as const;

function runsByName(io: CliIo, done: Done): readonly Command[] {
  return (['pause', 'resume', 'rollback', 'complete'] as const).map((name) => {
    const command = withRunFlags(new Command(name))
      .description(descriptions[name])
      .argument('[run]', 'name of the run; the newest one when left out');
    if (name === 'resume') command.addOption(untilOption());
    if (name === 'rollback') command.option('--remove-new', 'also remove the new control plane at the end');
    return withClusterFlags(command).action(async (run: string | undefined, flags: RunFlags) => {
      const commands = await import('./commands.ts');
      done(await commands[name](run, flags, io));
    });
  });
}

function untilOption(): Option {
  return new Option('--until <stage>', 'stop after this stage, for example prove or wave-1');
}

function withRunFlags(command: Command): Command {
  return command
    .option('--yes', 'do not ask')
    .addOption(
      new Option('-o, --output <format>', 'progress for people, or one JSON event a line')
        .choices(['table', 'json'])
        .default('table'),
    )
    .option('--journal <file>', 'also write every journal entry to this file')
    .addOption(
      new Option('--lease <duration>', 'how long a process that is gone keeps others waiting')
        .argParser(duration)
        .default(15_000, '15s'),
    );
}
