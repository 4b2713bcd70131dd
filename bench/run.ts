/** `npm run bench -- NAME`: which benchmarks there are, and what becomes of what they find. */
import { checks } from './checks.ts';
import { fitness } from './fitness.ts';
import { inventory } from './inventory.ts';
import { istiods } from './istiods.ts';
import { saveResults, tableOf, type Outcome } from './lib/report.ts';
import { planning } from './plan.ts';
import { simulation } from './simulation.ts';
import { startup } from './startup.ts';
import { waves } from './waves.ts';
import { traffic } from './traffic.ts';

interface Benchmark {
  readonly about: string;
  readonly run: (quick: boolean) => Promise<Outcome>;
}

const benchmarks: Readonly<Record<string, Benchmark>> = {
  checks: { about: 'all checks on 2,000 workloads with 20,000 pods', run: checks },
  fitness: { about: 'what the fitness checks say against what restarts lose', run: fitness },
  inventory: { about: 'meshlift status on 100,000 pods: memory, time, requests', run: inventory },
  istiods: { about: '20 slow istiods, then one that never answers', run: istiods },
  plan: { about: 'a plan for 2,000 workloads with 20,000 pods', run: planning },
  simulation: { about: 'an upgrade of 20,000 pods in the sandbox on a virtual clock', run: simulation },
  startup: { about: 'meshlift --version beside node -e 0', run: startup },
  waves: { about: 'time to renew whole fleets against the lower bound', run: waves },
  traffic: { about: 'the probe against real servers: on schedule, a frozen server, restarts', run: traffic },
};

function usage(): string {
  const names = Object.entries(benchmarks).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`);
  return [
    'Usage: npm run bench -- NAME [--quick]',
    '',
    ...names,
    '  all        every one of them',
    '',
    '--quick: a smaller cluster and fewer runs; its numbers prove nothing about the promised size.',
    'Raw results: bench/results/NAME.json. Exit codes: 0 every bound is kept, 1 one is missed, 2 wrong usage.',
    '',
  ].join('\n');
}

async function runOne(name: string, benchmark: Benchmark, quick: boolean): Promise<boolean> {
  process.stdout.write(`\n${name}: ${benchmark.about}${quick ? ' (quick: a smaller cluster)' : ''}\n\n`);
  const outcome = await benchmark.run(quick);
  const path = saveResults(name, outcome, quick);
  process.stdout.write(`${tableOf(outcome.rows)}\n\nraw results: ${path}\n`);
  return outcome.rows.every((row) => row.kept !== false);
}

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => !arg.startsWith('-'));
  const flags = args.filter((arg) => arg.startsWith('-'));
  const help = flags.includes('--help') || flags.includes('-h');
  if (help || args.length === 0) {
    process.stdout.write(usage());
    return 0;
  }
  const chosen = names.includes('all') ? Object.keys(benchmarks) : names;
  const unknown = [...chosen.filter((name) => !(name in benchmarks)), ...flags.filter((flag) => flag !== '--quick')];
  if (unknown.length > 0 || chosen.length === 0) {
    process.stderr.write(`Not known: ${unknown.join(' ')}\n\n${usage()}`);
    return 2;
  }
  let kept = true;
  for (const [name, benchmark] of Object.entries(benchmarks)) {
    if (chosen.includes(name)) kept = (await runOne(name, benchmark, flags.includes('--quick'))) && kept;
  }
  return kept ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
