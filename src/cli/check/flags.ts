/** `meshlift check`: its flags. The command itself is loaded when it runs. */
import { Command, Option } from 'commander';
import { withClusterFlags, type Done } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { formats, type CheckFlags } from './options.ts';

/** The command for commander. */
export function checkCommand(io: CliIo, done: Done): Command {
  const command = new Command('check')
    .description('Look for what would stop an upgrade or lose traffic, before it begins. Changes nothing.')
    .option('--to <version>', 'version to upgrade to; without it only what needs no target is checked')
    .addOption(
      new Option('--strategy <strategy>', 'how the control plane is upgraded')
        .choices(['revision', 'in-place'])
        .default('revision'),
    )
    .option('--family <name>', 'only checks of this family; may be repeated', collect)
    .option('--id <id>', 'only this check; may be repeated', collect)
    .option(
      '--ignore <id>',
      'judged findings: ID, or "ID=Kind namespace/name"; needs --reason; may be repeated',
      collect,
    )
    .option('--reason <text>', 'why the finding of --ignore does not count; one for all, or one for each', collect)
    .option('-f, --file <policy>', 'policy file (meshlift.yaml): what it ignores is ignored')
    .addOption(new Option('-o, --output <format>', 'format of the answer').choices(formats).default('table'))
    .option('--wide', 'name every object, and the checks that passed')
    .addOption(new Option('--explain <id>', 'say what a check looks at, why, and what to do; reads no cluster'))
    .addOption(new Option('--list', 'list all checks; reads no cluster').conflicts('explain'))
    .option('--knowledge <file>', 'file that adds to what is known of Istio versions')
    .option(
      '--snapshot <file>',
      'read a file of "meshlift snapshot save" or "kubectl get … -o json" instead of a cluster',
    );
  return withClusterFlags(command).action(async (flags: CheckFlags) => {
    const { check } = await import('./command.ts');
    done(await check(flags, io));
  });
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
