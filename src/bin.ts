/** The process: the only place that reads `process`. */
import { endWithPipe } from './cli/broken-pipe.ts';
import { toolVersion } from './cli/version.ts';

endWithPipe(process);

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.write(`${toolVersion()}\n`);
} else {
  // Everything else is loaded only now: asking for the version must not wait for it.
  const [{ main }, { processIo }] = await Promise.all([import('./cli/main.ts'), import('./cli/process-io.ts')]);
  process.exitCode = await main(argv, processIo(process));
}
