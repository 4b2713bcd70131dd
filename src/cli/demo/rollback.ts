/** `meshlift demo --rollback`: a fault in the middle of the upgrade, and the automatic way back. */
import type { LiveSandbox } from '../../../sandbox/live-start.ts';
import { listRuns } from '../../journal/runs.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import {
  failedIn,
  fileOf,
  runAll,
  startTraffic,
  targetsOf,
  trafficLines,
  type DemoCommand,
  type DemoStage,
} from './stage.ts';

/** Runs it; fine when the way back was found and nothing was lost. */
export async function rollbackDemo(stage: DemoStage, to: string, begin: Begin = start): Promise<ExitCode> {
  const { io, say } = stage;
  say('A cluster with Istio 1.29.6 and Bookinfo. In the middle of the upgrade the new istiod will begin to send');
  say('listeners that its proxies reject.');
  const sandbox = await begin(io.now);
  const kubeconfig = fileOf(stage, 'kubeconfig');
  const file = await io.openWrite(kubeconfig);
  await file.write(Buffer.from(sandbox.kubeconfig)).finally(() => file.close());
  const targets = targetsOf(sandbox);
  const traffic = startTraffic(targets, io, 30);
  try {
    const policy = fileOf(stage, 'policy.yaml');
    const text =
      'apiVersion: meshlift.dev/v1alpha1\nkind: UpgradePolicy\nwaves: { shares: [] }\nonBreach: rollback\nsoakSeconds: 1\npace: { longConnectionSeconds: 2 }\n';
    const out = await io.openWrite(policy);
    await out.write(Buffer.from(text)).finally(() => out.close());
    const plan = fileOf(stage, 'plan.yaml');
    const mine = ['--kubeconfig', kubeconfig];
    const planned = await runAll(stage, [{ args: ['plan', '--to', to, '-f', policy, '--out', plan, ...mine] }]);
    if (planned !== exitCodes.fine) return planned;
    const code = await rolledBack(stage, sandbox, to, [
      { args: ['apply', plan, '--yes', '--lease', '3s', ...mine], expects: exitCodes.rolledBack },
      { args: ['status', ...mine] },
      { args: ['report', '--html', fileOf(stage, 'report.html'), ...mine] },
    ]);
    if (code !== exitCodes.fine) return code;
    const reports = await traffic.stop();
    say('\nTraffic meanwhile, measured from outside:');
    for (const line of trafficLines(reports)) say(line);
    say(`\nThe report: ${fileOf(stage, 'report.html')}`);
    return failedIn(reports) === 0 ? exitCodes.fine : exitCodes.failed;
  } finally {
    await traffic.stop();
    await sandbox.close();
  }
}

/** The commands, with the fault in the middle of the first one. */
async function rolledBack(
  stage: DemoStage,
  sandbox: DemoSandbox,
  to: string,
  commands: readonly DemoCommand[],
): Promise<ExitCode> {
  const over = { ended: false };
  const fault = breakInWave(stage, sandbox, to, () => over.ended);
  try {
    return await runAll(stage, commands);
  } finally {
    over.ended = true;
    await fault;
  }
}

/** What the demo uses of a live sandbox. */
type DemoSandbox = Pick<LiveSandbox, 'api' | 'kubeconfig' | 'services' | 'setBadPairs' | 'close'>;

/** Starts one. */
type Begin = (now: () => number) => Promise<DemoSandbox>;

async function start(now: () => number): Promise<DemoSandbox> {
  const [{ startLiveSandbox }, { scenarioNamed }] = await Promise.all([
    import('../../../sandbox/live-start.ts'),
    import('../../../sandbox/scenarios/table.ts'),
  ]);
  return startLiveSandbox({ content: { scenario: scenarioNamed('bookinfo') }, port: 0, now });
}

/** Milliseconds between two looks, and until the wave must have come. */
const times = { poll: 200, limit: 120_000 };

/** Waits for the second wave, then makes the new istiod one that its own proxies reject. */
async function breakInWave(
  { io, say }: DemoStage,
  sandbox: DemoSandbox,
  to: string,
  ended: () => boolean,
): Promise<void> {
  for (let waited = 0; waited < times.limit && !ended(); waited += times.poll) {
    const [run] = await listRuns(sandbox.api);
    if (run?.state.stage === 'wave-2') {
      sandbox.setBadPairs([{ proxy: to, istiod: to }]);
      return say('\n(now: proxies reject what the new istiod sends)\n');
    }
    if (run !== undefined && run.state.status !== 'running') return;
    await io.wait(times.poll);
  }
}
