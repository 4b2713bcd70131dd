/** A sandbox whose time passes as fast as the machine can, for tests of whole commands. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { kubeconfigFor } from '../../sandbox/http/kubeconfig.ts';
import { startHttp } from '../../sandbox/http/server.ts';
import type { CliIo } from '../../src/cli/io.ts';
import { testIo } from '../../src/cli/io.test-helper.ts';
import { main } from '../../src/cli/main.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { interposed, type ApiCall, type Interposer } from '../upgrade/interpose.ts';
import { stage, turn, type RuntimeOverlay, type Stage } from '../upgrade/world.ts';

const plainly: Interposer = (_call, go) => go();

/** Between the commands and the server. `api`: takes the place of HTTP. `busy`: requests that are on their way. */
const wire: { around: Interposer; api: KubeApi | null; busy: number } = { around: plainly, api: null, busy: 0 };

// Commands make their connections themselves; and the limit on requests counts the machine's time, which is short here.
vi.mock(import('../../src/kube/http-api.ts'), async (original) => {
  const { httpKubeApi } = await original();
  const rate = { perSecond: 1e6, burst: 1e6 };
  return { httpKubeApi: (connection, options) => counted(wire.api ?? httpKubeApi(connection, { ...options, rate })) };
});

function counted(api: KubeApi): KubeApi {
  const { around } = wire;
  const busy: Interposer = async (_call, go) => {
    wire.busy += 1;
    try {
      return await go();
    } finally {
      wire.busy -= 1;
    }
  };
  const list: KubeApi['list'] = async function* (resource, options) {
    wire.busy += 1;
    try {
      yield* api.list(resource, options);
    } finally {
      wire.busy -= 1;
    }
  };
  return interposed({ ...interposed(api, busy), list }, around);
}

/** A write with the time at which it was sent. */
export interface SentWrite extends ApiCall {
  /** Milliseconds since 1970, of the cluster. */
  readonly at: number;
}

/** How a command runs. */
export interface CommandOptions {
  /** Default 'tester@here'. */
  readonly who?: string;
  /** What the person answers; default: there is nobody. */
  readonly answer?: string;
  readonly tty?: boolean;
  /** Stands between this command and the server. */
  readonly around?: Interposer;
}

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command that runs, or has run. */
export interface Command {
  readonly ended: Promise<Ended>;
  /** Resolves when it has printed this on stderr. Rejects when it ended without. */
  says(text: string): Promise<void>;
  /** Presses Ctrl-C. */
  interrupt(): void;
  /** From now on nothing that it waits for ever comes, as after kill -9. */
  kill(): void;
}

/** A sandbox, and commands on it. */
export interface FastMesh {
  readonly stage: Stage;
  /** Writes of all commands so far; questions about rights are none. */
  readonly writes: readonly SentWrite[];
  /** Path of a file in a directory of its own. */
  file(name: string): string;
  start(argv: readonly string[], options?: CommandOptions): Command;
  run(...argv: readonly string[]): Promise<Ended>;
  /** Writes a policy that waits for little, and makes the plan to 1.30.3 in 'plan.yaml'. `lines`: of the policy besides. */
  plan(...lines: readonly string[]): Promise<Ended>;
  close(): Promise<void>;
}

/** How the sandbox is made. */
export interface FastMeshOptions {
  /** Over HTTP; default: in process, which is three times as fast. */
  readonly http?: boolean;
  readonly runtime?: RuntimeOverlay;
  /** Clusters of different seeds have other names and uids. Default 1. */
  readonly seed?: number;
}

/** Milliseconds of the cluster's time in one turn of the event loop in which somebody waits and no request is on its way. */
const perTurnMs = 20;

const quick = [
  'apiVersion: meshlift.dev/v1alpha1',
  'kind: UpgradePolicy',
  'soakSeconds: 1',
  'waves: { shares: [] }',
  'pace: { longConnectionSeconds: 1 }',
];

/** Starts it. */
export async function fastMesh(
  scenario: string,
  { http = false, runtime, seed = 1 }: FastMeshOptions = {},
): Promise<FastMesh> {
  const made = await stage(scenario, seed, runtime);
  const { cluster, scheduler, clock } = made;
  const door = await startHttp(cluster);
  wire.api = http ? null : cluster.api;
  wire.busy = 0;
  const directory = await mkdtemp(join(tmpdir(), 'meshlift-cli-'));
  const file = (name: string): string => join(directory, name);
  await writeFile(file('kubeconfig'), kubeconfigFor(door.url));
  const writes: SentWrite[] = [];
  // Loading a command's code takes no time of the cluster: it would depend on the machine.
  const time = { open: true, loading: 0, waiting: 0, commands: 100 };
  const passing = (async () => {
    while (time.open) {
      await turn();
      if (wire.busy + time.loading === 0 && time.waiting > 0) scheduler.advance(perTurnMs);
    }
  })();

  const start: FastMesh['start'] = (argv, { who = 'tester@here', around = plainly, ...options } = {}) => {
    const world = testIo({ home: directory, env: { KUBECONFIG: file('kubeconfig') }, ...options });
    const death = new AbortController();
    const life = { alive: true, over: false, loading: true };
    time.commands += 1;
    time.loading += 1;
    const loaded = (): void => {
      if (life.loading) time.loading -= 1;
      life.loading = false;
    };
    const io: CliIo = {
      ...world.io,
      who,
      processes: { ...world.io.processes, own: time.commands },
      now: () => clock.now(),
      wait: async (ms, signal) => {
        loaded();
        if (!life.alive) await never();
        time.waiting += 1;
        await clock.sleep(ms, AbortSignal.any([death.signal, ...(signal ? [signal] : [])])).catch(() => undefined);
        time.waiting -= 1;
        if (!life.alive) await never();
      },
    };
    wire.around = async (call, go) => {
      loaded();
      if (!life.alive) return never();
      if (call.writes && !call.resource.startsWith('selfsubject')) writes.push({ ...call, at: clock.now() });
      return around(call, go);
    };
    const ended = main(argv, io).then((code) => {
      life.over = true;
      loaded();
      return { code, out: world.out(), err: world.err() };
    });
    return {
      ended,
      says: async (text) => {
        while (!world.err().includes(text)) {
          if (life.over) throw new Error(`it never said ${text}, but:\n${world.err()}`);
          await turn();
        }
      },
      interrupt: world.interrupt,
      kill: () => {
        life.alive = false;
        death.abort();
      },
    };
  };
  const run: FastMesh['run'] = (...argv) => start(argv).ended;
  return {
    stage: made,
    writes,
    file,
    start,
    run,
    plan: async (...lines) => {
      await writeFile(
        file('policy.yaml'),
        [
          ...quick.filter((line) => !lines.some((other) => other.split(':')[0] === line.split(':')[0])),
          ...lines,
          '',
        ].join('\n'),
      );
      return run('plan', '--to', '1.30.3', '-f', file('policy.yaml'), '--out', file('plan.yaml'));
    },
    close: async () => {
      time.open = false;
      await passing;
      await door.close();
      cluster.close();
      await rm(directory, { recursive: true });
    },
  };
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}
