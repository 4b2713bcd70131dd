/** `meshlift status`: its flags. The command itself is loaded when it runs. */
import { Command, Option } from 'commander';
import { duration, withClusterFlags, type Done } from '../flags.ts';
import type { CliIo } from '../io.ts';
import type { StatusFlags } from './options.ts';

/** The command for commander. */
export function statusCommand(io: CliIo, done: Done): Command {
  const command = new Command('status')
    .description('Show where the mesh stands: control planes, revisions, tags, proxies, gateways.')
    .option('-n, --namespace <name>', 'only workloads, gateways and proxies of this namespace')
    .addOption(
      new Option('-o, --output <format>', 'format of the answer')
        .choices(['table', 'wide', 'json', 'yaml'])
        .default('table'),
    )
    .option('--wide', 'list every webhook, namespace and workload, and shorten nothing (same as -o wide)')
    .addOption(new Option('-w, --watch', 'read again and again until Ctrl-C').conflicts('snapshot'))
    .addOption(
      new Option('--interval <duration>', 'time between two readings with --watch')
        .argParser(duration)
        .default(5000, '5s'),
    )
    .option(
      '--snapshot <file>',
      'read a file of "meshlift snapshot save" or "kubectl get … -o json" instead of a cluster',
    );
  return withClusterFlags(command).action(async (flags: StatusFlags) => {
    const { status } = await import('./command.ts');
    done(await status(flags, io));
  });
}
