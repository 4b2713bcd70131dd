import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualScheduler } from '../../../sandbox/clock/virtual.ts';
import { createCluster, type Cluster } from '../../../sandbox/cluster.ts';
import { kubeconfigFor } from '../../../sandbox/http/kubeconfig.ts';
import { startHttp, type HttpDoor } from '../../../sandbox/http/server.ts';
import { made, planOf, request, shop } from '../../../test/planner/request.ts';
import { createRun } from '../../journal/runs.ts';
import { resources } from '../../kube/resources.ts';
import { toText } from '../../planner/document.ts';
import type { ExitCode } from '../exit-code.ts';
import { testIo } from '../io.test-helper.ts';
import type { SelfProcess } from '../io.ts';
import { statePaths, writeWhole } from '../sandbox/state.ts';
import { demo } from './command.ts';
import type { Mistake } from './mistakes.ts';
import type { DemoFlags, RunMain } from './options.ts';
import { rollbackDemo } from './rollback.ts';
import { openStage } from './stage.ts';

const plan = planOf(request(shop([made('Deployment', 'web', '1.29.6')])));
const planText = toText(plan);

let out = '';
let cluster: Cluster;
let door: HttpDoor;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'meshlift-demo-'));
  cluster = createCluster({ clock: new VirtualScheduler(0), seed: 1, nodes: 1, events: 'none' });
  door = await startHttp(cluster);
});
afterEach(async () => {
  await door.close();
  await rm(out, { recursive: true });
});

/** The demo with commands that only note that they were run. `codes`: exit codes by command; all others are 0. */
interface Script {
  readonly codes?: Readonly<Record<string, ExitCode>>;
  readonly flags?: Partial<DemoFlags>;
  /** The process that runs the upgrade: its exit code at once, or null when it lives until it is killed. */
  readonly child?: number | null;
  /** Stage in which the run lies in the cluster. */
  readonly stage?: string;
}

function scripted({ codes = {}, child = null }: Script) {
  const ran: string[] = [];
  const ended: string[] = [];
  const life = { exit: (_code: number): void => undefined };
  const processes = {
    own: 1,
    alive: () => false,
    spawnSelf: async (args: readonly string[], log: string): Promise<SelfProcess> => {
      ran.push(`(${args[0] ?? ''})`);
      await writeFile(log, 'what apply said\n');
      const exited = new Promise<number>((resolve) => (life.exit = resolve));
      if (child !== null) life.exit(child);
      return { pid: 7, exited };
    },
    end: (_pid: number, how: 'ask' | 'kill') => {
      ended.push(how);
      life.exit(1);
    },
  };
  const world = testIo({ home: out, processes, wait: () => undefined });
  const run: RunMain = async (argv, io) => {
    const name = argv[0] === 'sandbox' ? argv.slice(0, 2).join(' ') : (argv[0] ?? '');
    ran.push(name);
    if (name === 'sandbox start') {
      const paths = statePaths(io);
      await io.makeDirectory(paths.directory);
      await writeWhole(paths.state, JSON.stringify({ services: [] }), io);
      await writeFile(paths.kubeconfig, kubeconfigFor(door.url));
    }
    if (name === 'plan') await writeFile(argv[argv.indexOf('--out') + 1] ?? '', planText);
    return codes[name] ?? 0;
  };
  return { world, run, ran, ended };
}

async function show(script: Script) {
  const { world, run, ran, ended } = scripted(script);
  if (script.stage !== undefined) {
    const place = { namespace: plan.revisions.namespace, run: plan.run };
    const state = { run: plan.run, phase: 'forward', status: 'running', why: '', updatedAt: '' } as const;
    cluster.store.create(resources.namespaces, { metadata: { name: place.namespace } });
    await createRun(cluster.api, place, planText, { ...state, stage: script.stage });
  }
  const mistake = () => {
    ran.push('mistake');
    return Promise.resolve({ title: 'a mistake', sent: 10, failed: 3, scheduleKept: true, seen: '' });
  };
  const code = await demo({ out, ...script.flags }, world.io, run, [mistake, mistake]);
  return { code, ran, ended, out: world.out(), err: world.err() };
}

const before = ['sandbox start', 'status', 'check', 'plan'];
const after = ['complete', 'verify', 'report', 'sandbox stop'];

describe('the demo', () => {
  it('kills the upgrade in a wave, resumes it, and compares', async () => {
    const shown = await show({ stage: 'wave-1' });
    expect(shown.ran).toEqual([...before, '(apply)', 'resume', ...after, 'mistake', 'mistake']);
    expect(shown.ended).toEqual(['kill']);
    expect(shown.out).toContain('kill -9: the process that ran the upgrade is gone, in the middle of a wave.');
    expect(shown.err).toContain('what apply said');
    expect(shown.out).toContain('3 of 10 requests  a mistake');
    expect(shown.code).toBe(0);
  });

  it('does not say that it killed a process that was finished before', async () => {
    const shown = await show({ child: 0, stage: 'soak' });
    expect(shown.ran).toEqual([...before, '(apply)', ...after, 'mistake', 'mistake']);
    expect(shown.ended).toEqual([]);
    expect(shown.out).not.toContain('kill -9');
    expect(shown.out).toContain('The upgrade was finished before its process could be killed.');
    expect(shown.code).toBe(0);
  });

  it('ends with the code and the words of an upgrade that failed by itself', async () => {
    const shown = await show({ child: 4, stage: 'prove' });
    expect(shown.ran).toEqual([...before, '(apply)', 'sandbox stop']);
    expect(shown.out).not.toContain('kill -9');
    expect(shown.err).toContain('what apply said');
    expect(shown.out).toContain('The demo ends here: meshlift apply ended with exit code 4.');
    expect(shown.code).toBe(4);
  });

  it('says so when no wave begins, and leaves no process behind', async () => {
    const shown = await show({ stage: 'prove' });
    expect(shown.ended).toEqual(['kill']);
    expect(shown.ran.at(-1)).toBe('sandbox stop');
    expect(shown.out).not.toContain('in the middle of a wave');
    expect(shown.out).toContain('The demo ends here: no wave began within 120 s.');
    expect(shown.code).toBe(1);
  });

  it.each<[string, ExitCode, string[]]>([
    ['sandbox start', 1, ['sandbox start']],
    ['status', 6, ['sandbox start', 'status', 'sandbox stop']],
    ['check', 3, ['sandbox start', 'status', 'check', 'sandbox stop']],
    ['plan', 2, [...before, 'sandbox stop']],
    ['resume', 5, [...before, '(apply)', 'resume', 'sandbox stop']],
    ['complete', 4, [...before, '(apply)', 'resume', 'complete', 'sandbox stop']],
    ['verify', 1, [...before, '(apply)', 'resume', 'complete', 'verify', 'sandbox stop']],
  ])('ends behind %s when that fails, with its exit code', async (command, code, ran) => {
    const shown = await show({ codes: { [command]: code }, stage: 'wave-1' });
    expect(shown.ran).toEqual(ran);
    expect(shown.out).toContain(
      `The demo ends here: meshlift ${command.split(' ')[0] ?? ''} ended with exit code ${code}.`,
    );
    expect(shown.code).toBe(code);
  });

  it('--fast leaves out check, the kill and all mistakes but the first', async () => {
    const shown = await show({ flags: { fast: true } });
    expect(shown.ran).toEqual(['sandbox start', 'mistake', 'status', 'plan', 'apply', ...after]);
    expect(shown.out).toContain('3 of 10 requests  a mistake');
    expect(shown.code).toBe(0);
  });

  it('--fast lets the traffic of its mistake end before the upgrade begins', async () => {
    const order: string[] = [];
    const { world, run } = scripted({});
    const mistake = async (): Promise<Mistake> => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      order.push('mistake over');
      return { title: 'a mistake', sent: 10, failed: 3, scheduleKept: true, seen: '' };
    };
    const noting: RunMain = (argv, io) => {
      order.push(argv[0] ?? '');
      return run(argv, io);
    };
    await demo({ out, fast: true }, world.io, noting, [mistake]);
    expect(order.slice(0, 3)).toEqual(['sandbox', 'mistake over', 'status']);
  });

  it.each([true, false])('says whether the traffic of a mistake left on time: %s', async (scheduleKept) => {
    const { world, run } = scripted({});
    const mistake = () => Promise.resolve({ title: 'a mistake', sent: 10, failed: 3, scheduleKept, seen: 'a sight' });
    await demo({ out, fast: true }, world.io, run, [mistake]);
    expect(world.out()).toContain('3 of 10 requests  a mistake\n                            a sight');
    expect(world.out().includes('the machine was busy')).toBe(!scheduleKept);
  });

  it('--fast ends the sandbox when its mistake cannot be made', async () => {
    const failing = () => Promise.reject(new Error('no port is free'));
    const { world, run, ran } = scripted({});
    await expect(demo({ out, fast: true }, world.io, run, [failing])).rejects.toThrow('no port is free');
    expect(ran).toEqual(['sandbox start', 'sandbox stop']);
  });

  it('--fast ends with the exit code of a sandbox that does not start', async () => {
    const shown = await show({ flags: { fast: true }, codes: { 'sandbox start': 2 } });
    expect(shown.ran).toEqual(['sandbox start', 'mistake']);
    expect(shown.code).toBe(2);
  });
});

describe('the demo of a rollback', () => {
  async function showBack(codes: Script['codes'] = {}) {
    const { world, run, ran } = scripted({ codes });
    const stage = await openStage(world.io, out, run);
    const begin = () =>
      Promise.resolve({
        api: cluster.api,
        kubeconfig: kubeconfigFor(door.url),
        services: [],
        setBadPairs: () => undefined,
        close: () => Promise.resolve(),
      });
    return { code: await rollbackDemo(stage, '1.30.3', begin), ran, out: world.out() };
  }

  it('is fine when the upgrade went back', async () => {
    const shown = await showBack({ apply: 5 });
    expect(shown.ran).toEqual(['plan', 'apply', 'status', 'report']);
    expect(shown.code).toBe(0);
  });

  it('fails when the upgrade was not stopped by the fault', async () => {
    const shown = await showBack();
    expect(shown.ran).toEqual(['plan', 'apply']);
    expect(shown.code).toBe(1);
  });

  it.each<[string, ExitCode, string[]]>([
    ['plan', 3, ['plan']],
    ['apply', 4, ['plan', 'apply']],
  ])('ends behind %s when that fails', async (command, code, ran) => {
    const shown = await showBack({ apply: 5, [command]: code });
    expect(shown.ran).toEqual(ran);
    expect(shown.out).toContain(`The demo ends here: meshlift ${command} ended with exit code ${code}.`);
    expect(shown.code).toBe(code);
  });
});
