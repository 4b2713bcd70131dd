/** `meshlift sandbox start`: in the foreground the sandbox itself, else a process of its own that does the same. */
import { resolve } from 'node:path';
import type { SandboxContent, SandboxOptions } from '../../../sandbox/past.ts';
import type { RunningSandbox } from '../../../sandbox/start.ts';
import { Aborted, InvalidInput, Transient } from '../../errors.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo, SelfProcess } from '../io.ts';
import { plural } from '../text.ts';
import type { StartFlags } from './options.ts';
import { forget, isOwnKubeconfig, record, runningSandbox, statePaths, writeWhole, type SandboxState } from './state.ts';
import { howToReach } from './text.ts';

/** Milliseconds between two looks, and until it must be ready; the largest scenario takes a tenth of it. */
const WAIT = { look: 50, limit: 300_000 } as const;

/**
 * Starts a process of its own and waits until it is ready. Throws InvalidInput for what is wrong with the flags, the files
 * or the state, before anything is started.
 */
export async function start(flags: StartFlags, io: CliIo): Promise<ExitCode> {
  await check(flags, io);
  const { directory, log } = statePaths(io);
  await io.makeDirectory(directory);
  const child = await io.processes.spawnSelf(argumentsOf(flags), log, stateEnv(io));
  const stopped = new AbortController();
  const off = io.onInterrupt(() => stopped.abort());
  try {
    return await waitFor(child, stopped.signal, io);
  } finally {
    off();
  }
}

/** Runs the sandbox until Ctrl-C. Throws like `start`, and when the port is in use. */
export async function serve(flags: StartFlags, io: CliIo): Promise<ExitCode> {
  const stopped = new AbortController();
  const off = io.onInterrupt(() => stopped.abort());
  try {
    const content = await check(flags, io);
    await io.makeDirectory(statePaths(io).directory);
    const options = { content, port: flags.port, now: () => io.now(), signal: stopped.signal };
    const { sandbox, services } = await (flags.live === true ? startLive(options) : startModelled(options));
    const state = { ...stateOf(flags, io), url: sandbox.url, services };
    try {
      // Another one may have been started in the meantime.
      await refuseSecond(io);
      await publish(state, sandbox, io);
      await until(stopped.signal);
    } finally {
      await sandbox.close();
    }
    // Last of all: whoever waits for the end looks at this.
    await forget(state, io);
    return exitCodes.fine;
  } finally {
    off();
  }
}

interface Started {
  readonly sandbox: RunningSandbox;
  readonly services: SandboxState['services'];
}

async function startModelled(options: SandboxOptions): Promise<Started> {
  const { startSandbox } = await import('../../../sandbox/start.ts');
  return { sandbox: await startSandbox(options), services: null };
}

async function startLive(options: SandboxOptions): Promise<Started> {
  const { startLiveSandbox } = await import('../../../sandbox/live-start.ts');
  const sandbox = await startLiveSandbox(options);
  return { sandbox, services: sandbox.services };
}

async function refuseSecond(io: CliIo): Promise<void> {
  const running = await runningSandbox(io);
  if (running === null) return;
  throw new InvalidInput(`a sandbox runs already: ${running.content}, process ${running.pid}.`, {
    object: running.url,
    remedy: `Use it with --kubeconfig ${running.kubeconfig}, or end it with "meshlift sandbox stop".`,
  });
}

/** What the sandbox begins with. Reads everything that may be wrong with the flags. */
async function check(flags: StartFlags, io: CliIo): Promise<SandboxContent> {
  await refuseSecond(io);
  const out = flags.kubeconfigOut;
  if (out !== undefined && (await io.exists(out)) && !(await isOwnKubeconfig(out, io))) {
    const remedy = 'Give a name that is free; the sandbox has a kubeconfig of its own.';
    throw new InvalidInput(`file ${out} exists and is no sandbox's kubeconfig.`, { object: `file ${out}`, remedy });
  }
  if (flags.snapshot !== undefined) {
    const { readObjects } = await import('./objects.ts');
    return { objects: await readObjects(flags.snapshot, io) };
  }
  const { scenarioNamed } = await import('../../../sandbox/scenarios/table.ts');
  return { scenario: scenarioNamed(flags.scenario ?? 'bookinfo') };
}

// Where this process looks for the sandbox, the other one must write.
function stateEnv({ env }: CliIo): Readonly<Record<string, string>> {
  const set = env['XDG_STATE_HOME'];
  return set === undefined ? {} : { XDG_STATE_HOME: set };
}

function argumentsOf({ scenario, snapshot, port, kubeconfigOut, live }: StartFlags): readonly string[] {
  return [
    ...['sandbox', 'start', '--foreground', '--port', String(port)],
    ...(scenario === undefined ? [] : ['--scenario', scenario]),
    ...(snapshot === undefined ? [] : ['--snapshot', resolve(snapshot)]),
    ...(kubeconfigOut === undefined ? [] : ['--kubeconfig-out', resolve(kubeconfigOut)]),
    ...(live === true ? ['--live'] : []),
  ];
}

function stateOf(flags: StartFlags, io: CliIo): Omit<SandboxState, 'url' | 'services'> {
  const { snapshot, scenario = 'bookinfo', kubeconfigOut } = flags;
  return {
    pid: io.processes.own,
    kubeconfig: resolve(kubeconfigOut ?? statePaths(io).kubeconfig),
    content: snapshot === undefined ? `scenario ${scenario}` : `snapshot ${snapshot}`,
    startedAt: new Date(io.now()).toISOString(),
  };
}

async function publish(state: SandboxState, sandbox: RunningSandbox, io: CliIo): Promise<void> {
  const { kubeconfig } = statePaths(io);
  for (const path of new Set([kubeconfig, state.kubeconfig])) await writeWhole(path, sandbox.kubeconfig, io);
  io.stdout(`${leftOutText(sandbox.leftOut)}${howToReach(state)}`);
  // Last of all: whoever waits for it finds everything else in its place.
  await record(state, io);
}

function leftOutText(leftOut: Readonly<Record<string, number>>): string {
  const kinds = Object.entries(leftOut).map(([kind, count]) => `${plural(count, 'object')} of kind ${kind}`);
  return kinds.length === 0 ? '' : `Left out of the snapshot: ${kinds.join(', ')}.\n`;
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}

async function waitFor(child: SelfProcess, stopped: AbortSignal, io: CliIo): Promise<ExitCode> {
  let code: number | null = null;
  void child.exited.then((exited) => (code = exited));
  for (let waited = 0; waited < WAIT.limit && !stopped.aborted; waited += WAIT.look) {
    if (code !== null) return failed(code, io);
    const state = await runningSandbox(io);
    if (state?.pid === child.pid) {
      io.stdout(await loggedText(io));
      return exitCodes.fine;
    }
    await io.wait(WAIT.look, stopped);
  }
  io.processes.end(child.pid, 'ask');
  if (stopped.aborted) throw new Aborted('Stopped before the sandbox was ready; it is ended.');
  const remedy = `Look at ${statePaths(io).log}, or try a smaller scenario.`;
  throw new Transient('The sandbox was not ready in time; it is ended.', { object: `process ${child.pid}`, remedy });
}

// It has said itself what is wrong, in the words that it would have said here.
async function failed(code: number, io: CliIo): Promise<ExitCode> {
  io.stderr((await loggedText(io)) || 'meshlift: The sandbox ended before it was ready, without a word.\n');
  return code === exitCodes.usage ? exitCodes.usage : exitCodes.failed;
}

async function loggedText(io: CliIo): Promise<string> {
  return Buffer.from(await io.readFile(statePaths(io).log)).toString();
}
