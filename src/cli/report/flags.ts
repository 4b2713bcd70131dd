/** `meshlift report` and `meshlift verify`: their flags. The code is loaded when they run. */
import { Command, Option } from 'commander';
import { withClusterFlags, type Done } from '../flags.ts';
import type { CliIo } from '../io.ts';
import type { ReportFlags, VerifyFlags } from './options.ts';

/** Both for commander. */
export function evidenceCommands(io: CliIo, done: Done): readonly Command[] {
  const report = new Command('report')
    .description('The evidence of a run: what was done, when, by whom, under which traffic, and what was not measured.')
    .argument('[run]', 'name of the run; the newest one when left out')
    .option('--out <file>', 'write it as JSON, for "meshlift verify --report"')
    .option('--html <file>', 'write it as one HTML page that needs nothing else')
    .option('--markdown <file>', 'write it as Markdown')
    .addOption(
      new Option('-o, --output <format>', 'format of the answer')
        .choices(['table', 'json', 'markdown'])
        .default('table'),
    );
  const verify = new Command('verify')
    .description('Whether everything is where the plan of a run wanted it; or whether a report is what was written.')
    .argument('[run]', 'name of the run; the newest one when left out')
    .option('--report <file>', 'check this report (JSON) instead of the cluster: a changed byte is found')
    .addOption(new Option('-o, --output <format>', 'format of the answer').choices(['table', 'json']).default('table'));
  return [
    withClusterFlags(report).action(async (run: string | undefined, flags: ReportFlags) => {
      const commands = await import('./command.ts');
      done(await commands.report(run, flags, io));
    }),
    withClusterFlags(verify).action(async (run: string | undefined, flags: VerifyFlags) => {
      const commands = await import('./command.ts');
      done(await commands.verify(run, flags, io));
    }),
  ];
}
