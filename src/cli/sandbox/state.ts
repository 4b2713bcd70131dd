/** What is known of the sandbox that runs: one file, which stands as long as its process does. */
import { join } from 'node:path';
import type { ServiceUrls } from '../../../sandbox/live-start/services.ts';
import { InvalidInput, Transient } from '../../errors.ts';
import { connectionFault } from '../../kube/status-error.ts';
import { openCluster } from '../cluster.ts';
import type { CliIo } from '../io.ts';

/** A running sandbox. */
export interface SandboxState {
  readonly pid: number;
  readonly url: string;
  readonly kubeconfig: string;
  /** For a person: 'scenario bookinfo' or 'snapshot FILE'. */
  readonly content: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** Services whose pods are real servers; null when pods are modelled. */
  readonly services: readonly ServiceUrls[] | null;
}

/** Files of the sandbox: $XDG_STATE_HOME/meshlift/sandbox, by default below ~/.local/state. */
export function statePaths({ env, home }: Pick<CliIo, 'env' | 'home'>) {
  // The XDG base directory specification: a path that is not absolute counts as not set.
  const set = env['XDG_STATE_HOME'] ?? '';
  const directory = join(set.startsWith('/') ? set : join(home, '.local', 'state'), 'meshlift', 'sandbox');
  return {
    directory,
    state: join(directory, 'running.json'),
    kubeconfig: join(directory, 'kubeconfig'),
    log: join(directory, 'log'),
  } as const;
}

/** The sandbox whose process lives; null when there is none. What a killed one has left is removed. */
export async function runningSandbox(io: CliIo): Promise<SandboxState | null> {
  const state = await recordedState(io);
  if (state === null) return null;
  if (io.processes.alive(state.pid) && (await isServed(io))) return state;
  await forget(state, io);
  return null;
}

/** Writes the state in one step, so that whoever reads it reads it whole. */
export async function record(state: SandboxState, io: CliIo): Promise<void> {
  await writeWhole(statePaths(io).state, JSON.stringify(state), io);
}

/** Removes the state and the kubeconfigs of a sandbox that is gone. */
export async function forget({ kubeconfig }: SandboxState, io: CliIo): Promise<void> {
  const paths = statePaths(io);
  if (await isOwnKubeconfig(kubeconfig, io)) await io.remove(kubeconfig);
  await io.remove(paths.kubeconfig);
  await io.remove(paths.state);
}

/** Whether a file is a kubeconfig that leads to a sandbox and to nothing else; a person's own must not be replaced. */
export async function isOwnKubeconfig(path: string, io: CliIo): Promise<boolean> {
  const text = await io.readFile(path).then(
    (bytes) => Buffer.from(bytes).toString(),
    () => '',
  );
  const names = [...text.matchAll(/^ {2}- name: (.*)$/gm)].map(([, name]) => name);
  return names.length > 0 && names.every((name) => name === 'meshlift-sandbox');
}

/** Writes a file beside its place and puts it there. @throws InvalidInput when it can't be written */
export async function writeWhole(path: string, text: string, io: CliIo): Promise<void> {
  const part = `${path}.part`;
  try {
    const file = await io.openWrite(part);
    await file.write(Buffer.from(text)).finally(() => file.close());
    await io.rename(part, path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const remedy = 'Give a file in a folder that exists and that you may write.';
    throw new InvalidInput(`file ${path} can't be written: ${why}.`, { object: `file ${path}`, remedy, cause });
  }
}

async function recordedState(io: CliIo): Promise<SandboxState | null> {
  const { state } = statePaths(io);
  if (!(await io.exists(state))) return null;
  try {
    const found: unknown = JSON.parse(Buffer.from(await io.readFile(state)).toString());
    if (isState(found)) return found;
  } catch {
    // What is no state of ours tells of no sandbox.
  }
  await io.remove(state);
  return null;
}

function isState(value: unknown): value is SandboxState {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  return (
    Number.isInteger(fields['pid']) &&
    ['url', 'kubeconfig', 'content', 'startedAt'].every((name) => typeof fields[name] === 'string') &&
    (fields['services'] === null || Array.isArray(fields['services']))
  );
}

/** Milliseconds for the answer to a question that costs the sandbox nothing. */
const ANSWER_MS = 3000;

// The number of a process that was killed is given to another one some day, and so is its port: only who answers like an
// API server is the sandbox. One that is too busy to answer in time still listens.
async function isServed(io: CliIo): Promise<boolean> {
  const { kubeconfig } = statePaths(io);
  if (!(await io.exists(kubeconfig))) return false;
  const { api } = await openCluster({ kubeconfig, requestTimeout: ANSWER_MS }, { env: {}, home: io.home });
  try {
    return (await api.getRaw('/version')).includes('gitVersion');
  } catch (error) {
    return error instanceof Transient && connectionFault(error.cause) === 'broken';
  } finally {
    await api.close();
  }
}
