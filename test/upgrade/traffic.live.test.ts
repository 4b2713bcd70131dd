/** A whole upgrade and its way back over real sockets, all five protocols at once: nothing is lost, nobody is cut off. */
import { setTimeout as timeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLiveSandbox, type LiveSandbox } from '../../sandbox/live-start.ts';
import { scenarioNamed } from '../../sandbox/scenarios/table.ts';
import type { World } from '../../src/engine/deps.ts';
import { execute } from '../../src/engine/execute.ts';
import { readRejections } from '../../src/engine/rejections.ts';
import { startTraffic, type RunningTraffic } from '../../src/engine/traffic.ts';
import { sandboxInstaller } from '../../src/installers/sandbox.ts';
import { toText } from '../../src/planner/document.ts';
import { defaultPolicy, type ProbePolicy } from '../../src/policy/policy.ts';
import { systemClock } from '../../src/probe/clock.ts';
import { stepKinds } from '../../src/steps/kinds.ts';
import type { Clock } from '../../src/steps/step.ts';
import { planOn } from './plan.ts';
import { readView } from './world.ts';

/** Requests a second to each of five targets. */
const rate = 100;

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => timeout(ms, undefined, signal === undefined ? {} : { signal }),
};

/** HTTP/1.1 through the gateway, the others at the applications. */
function probesOf({ services }: LiveSandbox): ProbePolicy[] {
  const url = (name: string, protocol: string): string =>
    services.find((one) => one.name === name)?.urls.find((one) => one.protocol === protocol)?.url ?? '';
  const targets = [
    ['istio-ingressgateway', 'http1'],
    ['details', 'h2'],
    ['reviews', 'grpc'],
    ['ratings', 'tcp'],
    ['productpage', 'ws'],
  ] as const;
  return targets.map(([name, protocol]) => ({ url: url(name, protocol), protocol, rate, maxFailed: 0, headers: {} }));
}

describe('an upgrade and its way back under traffic', () => {
  let sandbox: LiveSandbox;
  let traffic: RunningTraffic;

  beforeAll(async () => {
    const content = { scenario: scenarioNamed('bookinfo') };
    sandbox = await startLiveSandbox({ content, port: 0, now: () => Date.now() });
    traffic = startTraffic(probesOf(sandbox), { clock: systemClock, wallClock: () => Date.now() });
  }, 60_000);
  afterAll(async () => {
    await traffic.stop();
    await sandbox.close();
  });

  it('loses nothing, and tells every held connection before it ends', async () => {
    const { api } = sandbox;
    const world: World = {
      ...{ api, clock, traffic, kinds: stepKinds },
      read: () => readView(api, clock),
      installer: () => sandboxInstaller({ api, clock }),
      rejections: (view) => readRejections(api, view),
      prometheus: () => Promise.resolve(null),
      tell: () => undefined,
    };
    const policy = {
      ...defaultPolicy,
      soakSeconds: 1,
      probes: probesOf(sandbox),
      pace: { ...defaultPolicy.pace, longConnectionSeconds: 2 },
    };
    const plan = await planOn({ cluster: { api }, clock }, '1.30.3', policy);
    const options = { identity: 'live test', planText: toText(plan) };
    const forward = await execute(world, plan, { ...options, phase: 'forward' });
    expect(forward.outcome).toEqual({ end: 'finished' });
    const back = await execute(world, plan, { ...options, phase: 'back' });
    expect(back.outcome).toEqual({ end: 'finished' });
    const targets = (await traffic.stop()).flatMap((report) => report.targets);
    expect(targets.map(({ protocol, failed, failures }) => [protocol, failed, failures])).toEqual(
      targets.map(({ protocol }) => [protocol, 0, []]),
    );
    expect(targets.map(({ protocol, held }) => [protocol, held?.abrupt])).toEqual(
      targets.map(({ protocol }) => [protocol, 0]),
    );
    expect(targets.every(({ ok, held }) => ok > 1000 && (held?.graceful ?? 0) > 0)).toBe(true);
  }, 300_000);
});
