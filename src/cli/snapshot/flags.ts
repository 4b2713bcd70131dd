/** `meshlift snapshot`: its flags. The command itself is loaded when it runs. */
import { Command } from 'commander';
import { withClusterFlags, type Done } from '../flags.ts';
import type { CliIo } from '../io.ts';
import type { SaveFlags } from './options.ts';

/** The command for commander. */
export function snapshotCommand(io: CliIo, done: Done): Command {
  const save = new Command('save')
    .description('Record the cluster in a file, without secrets; every reading command takes it with --snapshot.')
    .argument('<file>', 'file to write, for example mesh.snapshot.gz')
    .option('--force', 'replace the file when it exists');
  withClusterFlags(save).action(async (file: string, flags: SaveFlags) => {
    const { saveTo } = await import('./command.ts');
    done(await saveTo(file, flags, io));
  });
  return new Command('snapshot').description('Record a cluster in a file.').helpCommand(false).addCommand(save);
}
