/** `meshlift demo`: the commands of an upgrade as a person types them, on a live sandbox, under traffic. */
import { readRun } from '../../journal/runs.ts';
import { openCluster } from '../cluster.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import { fromText } from '../../planner/document.ts';
import type { ProbeReport } from '../../probe/report.ts';
import { ghostRevision, plainRestart, removedControlPlane, type Mistake } from './mistakes.ts';
import type { DemoFlags, RunMain } from './options.ts';
import { rollbackDemo } from './rollback.ts';
import {
  failedIn,
  fileOf,
  openStage,
  runAll,
  sandboxOf,
  sayEnd,
  startTraffic,
  targetsIn,
  targetsOf,
  trafficLines,
  type DemoStage,
  type Target,
} from './stage.ts';

const to = '1.30.3';

/** Makes a mistake on a sandbox of its own. */
type MakeMistake = (io: CliIo) => Promise<Mistake>;

/** Runs the demo; the answer is the exit code of the upgrade. Leaves plan and report in its directory. */
export async function demo(
  flags: DemoFlags,
  io: CliIo,
  run: RunMain,
  mistakes: readonly MakeMistake[] = [plainRestart, ghostRevision, removedControlPlane],
): Promise<ExitCode> {
  const stage = await openStage(io, flags.out, run);
  if (flags.rollback === true) return rollbackDemo(stage, to);
  const fast = flags.fast === true;
  const began = io.now();
  const upgrade = await upgradeUnderTraffic(stage, fast, fast ? mistakes.slice(0, 1) : []);
  if (upgrade.code !== exitCodes.fine) return upgrade.code;
  compare(stage, upgrade.reports, fast ? upgrade.mistakes : await makeMistakes(stage, mistakes, afterwards));
  stage.say(`\nThe report: ${fileOf(stage, 'report.html')}   (${Math.round((io.now() - began) / 1000)} s in all)`);
  return failedIn(upgrade.reports) === 0 ? exitCodes.fine : exitCodes.failed;
}

/** How the upgrade ended: the exit code of the command that stopped it, or 0. */
interface Upgraded {
  readonly code: ExitCode;
  readonly reports: readonly ProbeReport[];
  /** Those that were made before it. */
  readonly mistakes: readonly Mistake[];
}

/** @param first mistakes to make while the sandbox starts: the traffic of each is over before that of the other begins */
async function upgradeUnderTraffic(stage: DemoStage, fast: boolean, first: readonly MakeMistake[]): Promise<Upgraded> {
  const { io, run, say } = stage;
  say(
    'A Kubernetes cluster with Istio 1.29.6 and Bookinfo, all in this machine: its pods are real servers on loopback.',
  );
  const scenario = fast ? 'bookinfo-quick' : 'bookinfo';
  const starting = runAll(stage, [{ args: ['sandbox', 'start', '--live', '--scenario', scenario] }]);
  const [started, made] = await Promise.allSettled([
    starting,
    first.length === 0 ? [] : makeMistakes(stage, first, meanwhile),
  ]);
  if (started.status === 'rejected') throw started.reason;
  if (started.value !== exitCodes.fine) return { code: started.value, reports: [], mistakes: [] };
  try {
    if (made.status === 'rejected') throw made.reason;
    const targets = targetsOf(await sandboxOf(stage));
    const traffic = startTraffic(targets, io, 30);
    try {
      await writePolicy(stage, targets, fast);
      const code = await upgraded(stage, fast);
      const reports = await traffic.stop();
      if (code === exitCodes.fine) sayTraffic(stage, reports);
      return { code, reports, mistakes: made.value };
    } finally {
      await traffic.stop();
    }
  } finally {
    await run('sandbox', 'stop');
  }
}

function sayTraffic({ say }: DemoStage, reports: readonly ProbeReport[]): void {
  say('\nTraffic of the whole demo, measured from outside:');
  for (const line of trafficLines(reports)) say(line);
}

/** The commands as a person types them; ends behind the first that fails. */
async function upgraded(stage: DemoStage, fast: boolean): Promise<ExitCode> {
  const plan = fileOf(stage, 'plan.yaml');
  const before = await runAll(stage, [
    { args: ['status'] },
    ...(fast ? [] : [{ args: ['check', '--to', to] }]),
    { args: ['plan', '--to', to, '-f', fileOf(stage, 'policy.yaml'), '--out', plan] },
    ...(fast ? [{ args: ['apply', plan, '--yes', '--lease', '3s'] }] : []),
  ]);
  if (before !== exitCodes.fine) return before;
  const applied = fast ? exitCodes.fine : await killedAndResumed(stage, plan);
  if (applied !== exitCodes.fine) return applied;
  return runAll(stage, [
    { args: ['complete', '--yes', '--lease', '3s'] },
    { args: ['verify'] },
    { args: ['report', '--html', fileOf(stage, 'report.html'), '--out', fileOf(stage, 'report.json')] },
  ]);
}

/** Runs the upgrade in a process of its own, kills it without a word, and goes on from another. */
async function killedAndResumed(stage: DemoStage, plan: string): Promise<ExitCode> {
  const { io, say, kubeconfig } = stage;
  const args = ['apply', plan, '--yes', '--lease', '3s', '--kubeconfig', kubeconfig];
  say(`\n$ meshlift ${args.slice(0, 3).join(' ')}`);
  const log = fileOf(stage, 'apply.log');
  const child = await io.processes.spawnSelf(args, log);
  const life: { ended: number | null } = { ended: null };
  void child.exited.then((code) => (life.ended = code));
  const inWave = await untilInWave(stage, plan, () => life.ended !== null);
  const { ended } = life;
  if (ended === null) io.processes.end(child.pid, 'kill');
  await child.exited;
  io.stderr(Buffer.from(await io.readFile(log)).toString());
  if (ended !== null) return endedByItself(stage, ended);
  if (!inWave) {
    say(
      `\nThe demo ends here: no wave began within ${times.limit / 1000} s. The process that ran the upgrade was killed.`,
    );
    return exitCodes.failed;
  }
  say('\nkill -9: the process that ran the upgrade is gone, in the middle of a wave. Traffic goes on.');
  return runAll(stage, [{ args: ['resume', '--yes', '--lease', '3s'] }]);
}

/** It was too quick, or failed: nothing was killed, and the demo does not say so. */
function endedByItself(stage: DemoStage, code: number): ExitCode {
  if (code === exitCodes.fine) {
    stage.say('\nThe upgrade was finished before its process could be killed.');
    return exitCodes.fine;
  }
  sayEnd(stage, 'apply', code);
  return Object.values(exitCodes).find((known) => known === code) ?? exitCodes.failed;
}

/** Milliseconds between two looks, until it must have come so far, and further into the wave. */
const times = { poll: 500, limit: 120_000, further: 2500 };

/** Whether a wave began; false when the process ended before, or none began in time. */
async function untilInWave({ io, kubeconfig }: DemoStage, file: string, ended: () => boolean): Promise<boolean> {
  const { run, revisions } = fromText(Buffer.from(await io.readFile(file)).toString(), file);
  const { api } = await openCluster({ kubeconfig, requestTimeout: 5000 }, { env: {}, home: io.home });
  try {
    for (let waited = 0; waited < times.limit && !ended(); waited += times.poll) {
      const stored = await readRun(api, { namespace: revisions.namespace, run }).catch(() => null);
      if (stored?.state.stage.startsWith('wave-') === true) {
        await io.wait(times.further);
        return true;
      }
      await io.wait(times.poll);
    }
    return false;
  } finally {
    await api.close();
  }
}

async function writePolicy(stage: DemoStage, targets: readonly Target[], fast: boolean): Promise<void> {
  const probes = targets.map(({ url, protocol }) => `  - { url: "${url}", protocol: ${protocol}, rate: 10 }`);
  const text = [
    'apiVersion: meshlift.dev/v1alpha1',
    'kind: UpgradePolicy',
    `waves: { shares: ${fast ? '[]' : '[25]'} }`,
    `soakSeconds: ${fast ? 0 : 5}`,
    `pace: { longConnectionSeconds: ${fast ? 2 : 5} }`,
    'onBreach: rollback',
    'probes:',
    ...probes,
  ];
  const file = await stage.io.openWrite(fileOf(stage, 'policy.yaml'));
  await file.write(Buffer.from(`${text.join('\n')}\n`)).finally(() => file.close());
}

const meanwhile = '(meanwhile, on a sandbox of its own: a mistake that people make; what it cost stands at the end)';
const afterwards = 'The same mesh with the mistakes that people make, each on a sandbox of its own …';

async function makeMistakes(
  { io, say }: DemoStage,
  all: readonly MakeMistake[],
  words: string,
): Promise<readonly Mistake[]> {
  say(`\n${words}`);
  const found: Mistake[] = [];
  for (const make of all) found.push(await make(io));
  return found;
}

function compare({ say }: DemoStage, reports: readonly ProbeReport[], mistakes: readonly Mistake[]): void {
  const failed = failedIn(reports);
  const sent = targetsIn(reports).reduce((sum, { ok }) => sum + ok, 0) + failed;
  say('\nWhat each lost');
  say(row('meshlift, the whole upgrade', sent, failed, []));
  for (const { title, sent: of, failed: lost, seen, scheduleKept } of mistakes) {
    say(row(title, of, lost, [seen, scheduleKept ? '' : 'the machine was busy: its traffic did not leave on time']));
  }
}

function row(title: string, sent: number, failed: number, notes: readonly string[]): string {
  const counts = `${failed.toLocaleString('en')} of ${sent.toLocaleString('en')} requests`;
  const more = notes.filter((note) => note !== '').map((note) => `\n${' '.repeat(28)}${note}`);
  return `  ${counts.padStart(24)}  ${title}${more.join('')}`;
}
