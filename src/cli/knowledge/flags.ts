/** `meshlift knowledge`: its flags. The command itself is loaded when it runs. */
import { Argument, Command, Option } from 'commander';
import type { Done } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { sections, type KnowledgeFlags, type Section } from './options.ts';

/** The command for commander. */
export function knowledgeCommand(io: CliIo, done: Done): Command {
  return new Command('knowledge')
    .description('Show what is known of Istio versions: support, ways, changes of behaviour, flags, bad pairs.')
    .addArgument(new Argument('[part]', 'only this part').choices(sections))
    .option('--from <version>', 'version that runs: show only what a move from it to --to meets')
    .option('--to <version>', 'version that is wanted (default: the newest known)')
    .option('--knowledge <file>', 'file that adds to what is built in, YAML or JSON')
    .addOption(
      new Option('-o, --output <format>', 'format of the answer').choices(['table', 'json', 'yaml']).default('table'),
    )
    .action(async (part: Section | undefined, flags: KnowledgeFlags) => {
      const { knowledge } = await import('./command.ts');
      done(await knowledge(part ?? null, flags, io));
    });
}
