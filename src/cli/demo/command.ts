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
  sandboxOf,
  startTraffic,
  targetsIn,
  targetsOf,
  trafficLines,
  type DemoStage,
  type Target,
} from './stage.ts';

const to = '1.30.3';

/** Runs the demo; the answer is the exit code of the upgrade. Leaves plan and report in its directory. */
export async function demo(flags: DemoFlags, io: CliIo, run: RunMain): Promise<ExitCode> {
  const stage = await openStage(io, flags.out, run);
  if (flags.rollback === true) return rollbackDemo(stage, to);
  const fast = flags.fast === true;
  const began = io.now();
  const upgrade = await upgradeUnderTraffic(stage, fast);
  const mistakes = await makeMistakes(stage, fast);
  compare(stage, upgrade.reports, mistakes);
  stage.say(`\nThe report: ${fileOf(stage, 'report.html')}   (${Math.round((io.now() - began) / 1000)} s in all)`);
  return upgrade.code === 0 && failedIn(upgrade.reports) === 0 ? exitCodes.fine : exitCodes.failed;
}

async function upgradeUnderTraffic(
  stage: DemoStage,
  fast: boolean,
): Promise<{ code: number; reports: readonly ProbeReport[] }> {
  const { io, run, say } = stage;
  say(
    'A Kubernetes cluster with Istio 1.29.6 and Bookinfo, all in this machine: its pods are real servers on loopback.',
  );
  if ((await run('sandbox', 'start', '--live', '--scenario', 'bookinfo')) !== 0)
    throw new Error('the sandbox did not start');
  const targets = targetsOf(await sandboxOf(stage));
  const traffic = startTraffic(targets, io, 30);
  try {
    await writePolicy(stage, targets, fast);
    await run('status');
    if (!fast) await run('check', '--to', to);
    const plan = fileOf(stage, 'plan.yaml');
    await run('plan', '--to', to, '-f', fileOf(stage, 'policy.yaml'), '--out', plan);
    const code = fast ? await run('apply', plan, '--yes', '--lease', '3s') : await killedAndResumed(stage, plan);
    const completed = code === 0 ? await run('complete', '--yes', '--lease', '3s') : code;
    await run('verify');
    await run('report', '--html', fileOf(stage, 'report.html'), '--out', fileOf(stage, 'report.json'));
    const reports = await traffic.stop();
    say('\nTraffic of the whole demo, measured from outside:');
    for (const line of trafficLines(reports)) say(line);
    return { code: completed, reports };
  } finally {
    await traffic.stop();
    await run('sandbox', 'stop');
  }
}

/** Runs the upgrade in a process of its own, kills it without a word, and goes on from another. */
async function killedAndResumed(stage: DemoStage, plan: string): Promise<number> {
  const { io, run, say, kubeconfig } = stage;
  const args = ['apply', plan, '--yes', '--lease', '3s', '--kubeconfig', kubeconfig];
  say(`\n$ meshlift ${args.slice(0, 3).join(' ')}`);
  const log = fileOf(stage, 'apply.log');
  const child = await io.processes.spawnSelf(args, log);
  let ended = false;
  void child.exited.then(() => (ended = true));
  await untilInWave(stage, plan, () => ended);
  io.processes.end(child.pid, 'kill');
  await child.exited;
  io.stderr(Buffer.from(await io.readFile(log)).toString());
  say('\nkill -9: the process that ran the upgrade is gone, in the middle of a wave. Traffic goes on.');
  return run('resume', '--yes', '--lease', '3s');
}

/** Milliseconds between two looks, until it must have come so far, and further into the wave. */
const times = { poll: 200, limit: 120_000, further: 2500 };

async function untilInWave({ io, kubeconfig }: DemoStage, file: string, ended: () => boolean): Promise<void> {
  const { run, revisions } = fromText(Buffer.from(await io.readFile(file)).toString(), file);
  const { api } = await openCluster({ kubeconfig, requestTimeout: 5000 }, { env: {}, home: io.home });
  try {
    for (let waited = 0; waited < times.limit && !ended(); waited += times.poll) {
      const stored = await readRun(api, { namespace: revisions.namespace, run }).catch(() => null);
      if (stored?.state.stage.startsWith('wave-') === true) {
        await io.wait(times.further);
        return;
      }
      await io.wait(times.poll);
    }
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
    `soakSeconds: ${fast ? 1 : 5}`,
    `pace: { longConnectionSeconds: ${fast ? 2 : 5} }`,
    'onBreach: rollback',
    'probes:',
    ...probes,
  ];
  const file = await stage.io.openWrite(fileOf(stage, 'policy.yaml'));
  await file.write(Buffer.from(`${text.join('\n')}\n`)).finally(() => file.close());
}

async function makeMistakes({ io, say }: DemoStage, fast: boolean): Promise<readonly Mistake[]> {
  say('\nThe same mesh with the mistakes that people make, each on a sandbox of its own …');
  const all = fast ? [plainRestart] : [plainRestart, ghostRevision, removedControlPlane];
  const found: Mistake[] = [];
  for (const make of all) found.push(await make(io));
  return found;
}

function compare({ say }: DemoStage, reports: readonly ProbeReport[], mistakes: readonly Mistake[]): void {
  const failed = failedIn(reports);
  const sent = targetsIn(reports).reduce((sum, { ok }) => sum + ok, 0) + failed;
  say('\nWhat each lost');
  say(row('meshlift, the whole upgrade', sent, failed, ''));
  for (const { title, sent: of, failed: lost, seen } of mistakes) say(row(title, of, lost, seen));
}

function row(title: string, sent: number, failed: number, seen: string): string {
  const counts = `${failed.toLocaleString('en')} of ${sent.toLocaleString('en')} requests`;
  return `  ${counts.padStart(24)}  ${title}${seen === '' ? '' : `\n${' '.repeat(28)}${seen}`}`;
}
