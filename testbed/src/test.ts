/**
 * `npm run test:kube [-- --keep] [--results=FOLDER] [vitest arguments]`: the node up, the tests, the node down, and a comparison of
 * the machine with what it was before. FOLDER gets vitest's results as JSON. `--prepare` only gets what has to be fetched; exit code 3
 * with one line on stdout when that can't be had or used here. Where a node is up already it is used, without the tests that bring up their own and
 * without the comparison.
 */
import { dirname, join } from 'node:path';
import { bringUp } from './bring-up.ts';
import { ownLayout } from './environment.ts';
import type { Layout } from './layout.ts';
import { differences, survey } from './leftovers.ts';
import { checkMachine } from './preflight.ts';
import { prepare } from './prepare.ts';
import { progress, type Progress } from './progress.ts';
import { main, run, runVisibly } from './run.ts';
import { hasState, takeDown } from './take-down.ts';

/** Exit code of `--prepare` when tests on a node can't be run here. */
const cannot = 3;
const resultsFlag = '--results=';
const flags = process.argv.slice(2);
const keep = flags.includes('--keep');
const results = flags.find((flag) => flag.startsWith(resultsFlag))?.slice(resultsFlag.length);
const vitestFlags = flags.filter((flag) => flag !== '--keep' && !flag.startsWith(resultsFlag));

await main(async () => {
  const layout = ownLayout();
  const told = progress(
    (text) => process.stderr.write(text),
    () => performance.now(),
  );
  if (flags.includes('--prepare')) return tellPrepared(await prepare(layout, told));
  checkMachine({ platform: process.platform, arch: process.arch, uid: process.getuid?.() });
  const isFresh = !(await hasState(layout));
  const before = await survey(layout);
  // What the tests on the node run is the command line as it is published.
  const [bare] = await Promise.all([isFresh ? tests(layout, 'bare') : 0, build(layout)]);
  await bringUp(layout, told);
  const code = (await tests(layout, 'kube')) || bare;
  told.say(`${told.seconds().toFixed(1).padStart(7)} s  with the tests`);
  if (keep) {
    told.say(`the node stays up; logs of every component: ${layout.logs}`);
    return code;
  }
  await told.step('node removed', () => takeDown(layout));
  if (code !== 0) told.say(`logs of every component: ${layout.lastLogs}`);
  const left = isFresh ? differences(before, await survey(layout)) : [];
  tell(left, told);
  return left.length > 0 ? 1 : code;
});

function tellPrepared(why: string | null): number {
  if (why === null) return 0;
  process.stdout.write(`${why}\n`);
  return cannot;
}

function build(layout: Layout): Promise<string> {
  const root = dirname(layout.source);
  return run(process.execPath, [join(root, 'tools', 'build.mjs')], { cwd: root });
}

function tests(layout: Layout, which: 'bare' | 'kube'): Promise<number> {
  const root = dirname(layout.source);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const config = join(layout.source, `vitest.${which}.config.ts`);
  const reporters =
    results === undefined
      ? []
      : ['default', 'json']
          .map((name) => `--reporter=${name}`)
          .concat(`--outputFile.json=${join(results, `${which}.json`)}`);
  // A person who names one file means it for one of the two.
  const args = [vitest, 'run', '--passWithNoTests', '--config', config, ...reporters, ...vitestFlags];
  return runVisibly(process.execPath, args, root);
}

function tell(left: readonly string[], told: Progress): void {
  for (const line of left) told.say(`LEFT ON THE MACHINE ${line}`);
}
