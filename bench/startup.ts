import { buildProduct, bundlePath } from './lib/bundle.ts';
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { info, promise, type Outcome } from './lib/report.ts';
import { median, spread } from './lib/stats.ts';

const bound = 2.5;

function timed(args: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - started;
}

/** `meshlift --version` in the built bundle beside an empty program, in turn; `--help` loads the whole command line. */
export function startup(quick: boolean): Promise<Outcome> {
  buildProduct();
  const commands = { empty: ['-e', '0'], version: [bundlePath, '--version'], help: [bundlePath, '--help'] };
  const times = { empty: [] as number[], version: [] as number[], help: [] as number[] };
  const names = Object.keys(commands) as (keyof typeof commands)[];
  const rounds = quick ? 7 : 21;
  for (const name of names) timed(commands[name]);
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) times[name].push(timed(commands[name]));
  }
  const ratio = median(times.version) / median(times.empty);
  const rows = [
    info('node -e 0, ms', spread(times.empty, 1)),
    info('meshlift --version, ms', spread(times.version, 1)),
    info('meshlift --help, ms', spread(times.help, 1)),
    promise('--version / node -e 0', ratio.toFixed(2), `<= ${bound}`, ratio <= bound),
    // Were the whole command line loaded at every start, the two would cost the same.
    info('--help / node -e 0', (median(times.help) / median(times.empty)).toFixed(2)),
  ];
  return Promise.resolve({ rows, raw: { milliseconds: times } });
}
