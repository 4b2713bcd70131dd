/** `meshlift rbac`: its flags. The command itself is loaded when it runs. */
import { Command, Option } from 'commander';
import { roleNames } from '../../rights/needs.ts';
import type { Done } from '../flags.ts';
import type { CliIo } from '../io.ts';
import type { RbacFlags } from './options.ts';

/** The command for commander. */
export function rbacCommand(io: CliIo, done: Done): Command {
  return new Command('rbac')
    .description('Print the RBAC rules that meshlift needs, for kubectl apply. Asks no cluster.')
    .addOption(
      new Option('--role <role>', 'observer looks, mover also moves proxies, installer also runs helm')
        .choices(roleNames)
        .default('mover'),
    )
    .option('-n, --namespace <name>', 'namespace of the control planes', 'istio-system')
    .option('--revision <name>', 'new revision: narrows the rules that can be narrowed by its name')
    .addOption(new Option('-o, --output <format>', 'format of the answer').choices(['yaml', 'json']).default('yaml'))
    .action(async (flags: RbacFlags) => {
      const { rbac } = await import('./command.ts');
      done(await rbac(flags, io));
    });
}
