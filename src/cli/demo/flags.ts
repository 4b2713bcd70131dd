/** `meshlift demo`: its flags. The command itself is loaded when it runs. */
import { Command } from 'commander';
import type { Done } from '../flags.ts';
import type { CliIo } from '../io.ts';
import type { DemoFlags, RunMain } from './options.ts';

/** The command for commander. `run`: the whole program, as a person would call it. */
export function demoCommand(io: CliIo, done: Done, run: RunMain): Command {
  return new Command('demo')
    .description(
      'Upgrade a mesh in the sandbox under real traffic, from start to end, and compare with the usual mistakes.',
    )
    .option('--fast', 'the short form: no killed process, fewer mistakes')
    .option('--rollback', 'show a fault in the middle of the upgrade, and the automatic way back')
    .option('--out <directory>', 'where plan and report are written', 'meshlift-demo')
    .action(async (flags: DemoFlags) => {
      const { demo } = await import('./command.ts');
      done(await demo(flags, io, run));
    });
}
