/** `meshlift plan`: its flags. The command itself is loaded when it runs. */
import { Command, Option } from 'commander';
import { withClusterFlags, type Done } from '../flags.ts';
import type { CliIo } from '../io.ts';
import type { PlanFlags } from './options.ts';

/** The command for commander. */
export function planCommand(io: CliIo, done: Done): Command {
  const command = new Command('plan')
    .description(
      'Write down how the mesh gets to another version: every step, every write, the way back. Changes nothing.',
    )
    .requiredOption('--to <version>', 'version to upgrade to, for example 1.30.3; a minor means its newest known patch')
    .option('--revision <name>', 'control plane to upgrade, when there are several')
    .option('-f, --file <policy>', 'policy file (meshlift.yaml); without it the defaults hold')
    .option('--out <file>', 'write the plan there, for meshlift apply')
    .option('--knowledge <file>', 'file that extends what is known of Istio versions')
    .addOption(
      new Option('-o, --output <format>', 'format of the answer').choices(['table', 'json', 'yaml']).default('table'),
    )
    .option('--no-preview', 'do not ask the tool that manages the control plane what it would do')
    .option('--snapshot <file>', 'plan for a recorded cluster; such a plan can be read, not applied');
  return withClusterFlags(command).action(async (flags: PlanFlags) => {
    const { plan } = await import('./command.ts');
    done(await plan(flags, io));
  });
}
