/** The stage of the demo: a sandbox of its own, its traffic, and the commands that a person would type. */
import { join, resolve } from 'node:path';
import { startTraffic as startProbes, type RunningTraffic } from '../../engine/traffic.ts';
import type { ProbeReport } from '../../probe/report.ts';
import { systemClock } from '../../probe/clock.ts';
import { Transient } from '../../errors.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import { statePaths, type SandboxState } from '../sandbox/state.ts';
import type { RunMain } from './options.ts';

/** A place of its own, so that nothing of the person is touched. */
export interface DemoStage {
  readonly io: CliIo;
  /** Where plan, policy and report go. */
  readonly directory: string;
  readonly kubeconfig: string;
  /** Prints a command as a person would type it, and runs it. */
  run(...args: readonly string[]): Promise<ExitCode>;
  say(text: string): void;
}

/** A command of a demo, and the exit code without which the demo does not go on. */
export interface DemoCommand {
  readonly args: readonly string[];
  /** Default 0. */
  readonly expects?: ExitCode;
}

/** Runs commands one after the other, and stops behind the first that ends otherwise than expected: its code is the answer. */
export async function runAll(stage: DemoStage, commands: readonly DemoCommand[]): Promise<ExitCode> {
  for (const { args, expects = exitCodes.fine } of commands) {
    const code = await stage.run(...args);
    if (code === expects) continue;
    sayEnd(stage, args[0] ?? '', code);
    return code === exitCodes.fine ? exitCodes.failed : code;
  }
  return exitCodes.fine;
}

/** Says at which command a demo ends. */
export function sayEnd({ say }: DemoStage, command: string, code: number): void {
  say(`\nThe demo ends here: meshlift ${command} ended with exit code ${code}. What it said stands above.`);
}

/** Makes the directory; starts nothing yet. */
export async function openStage(io: CliIo, out: string, run: RunMain): Promise<DemoStage> {
  const directory = resolve(out);
  await io.makeDirectory(directory);
  const own: CliIo = { ...io, env: { ...io.env, XDG_STATE_HOME: directory, KUBECONFIG: undefined } };
  const { kubeconfig } = statePaths(own);
  const say = (text: string): void => io.stdout(`${text}\n`);
  return {
    io: own,
    directory,
    kubeconfig,
    say,
    run: (...args) => {
      say(`\n$ meshlift ${args.join(' ')}`);
      const named = args[0] === 'sandbox' || args.includes('--kubeconfig');
      const cluster = named ? [] : ['--kubeconfig', kubeconfig];
      return run([...args, ...cluster], own);
    },
  };
}

/** The sandbox that runs on a stage. @throws Transient when it did not start */
export async function sandboxOf({ io }: DemoStage): Promise<SandboxState> {
  const { state } = statePaths(io);
  const text = await io.readFile(state).catch((cause: unknown) => {
    throw new Transient('The sandbox of the demo did not start.', {
      object: state,
      remedy: 'Run the demo again.',
      cause,
    });
  });
  // Written by `sandbox start` of this very program.
  return JSON.parse(Buffer.from(text).toString()) as SandboxState;
}

/** One target of the demo's traffic. */
export interface Target {
  readonly name: string;
  readonly protocol: 'http1' | 'h2' | 'grpc' | 'tcp' | 'ws';
  readonly url: string;
}

/**
 * A target for each protocol: HTTP/1.1 through the gateway, the others at the applications. A gateway that goes ends
 * WebSockets without a word, whoever makes it go.
 */
export function targetsOf({ services }: Pick<SandboxState, 'services'>): readonly Target[] {
  const found = new Map<string, Target>();
  const sorted = [...(services ?? [])].sort((a, b) => Number(isGateway(b)) - Number(isGateway(a)));
  for (const service of sorted) {
    for (const { protocol, url } of service.urls) {
      if (found.has(protocol) || (isGateway(service) && protocol !== 'http1')) continue;
      found.set(protocol, { name: `${service.namespace}/${service.name}`, protocol: asProtocol(protocol), url });
    }
  }
  return [...found.values()];
}

const isGateway = ({ name }: { readonly name: string }): boolean => name.includes('gateway');

function asProtocol(protocol: string): Target['protocol'] {
  const known = (['http1', 'h2', 'grpc', 'tcp', 'ws'] as const).find((one) => one === protocol);
  return known ?? 'http1';
}

/** Traffic that goes on whatever happens to the upgrade's own process. `rate`: requests a second to each target. */
export function startTraffic(targets: readonly Target[], io: Pick<CliIo, 'now'>, rate: number): RunningTraffic {
  const probes = targets.map(({ url, protocol }) => ({ url, protocol, rate, maxFailed: 0, headers: {} }));
  return startProbes(probes, { clock: systemClock, wallClock: () => io.now() });
}

/** 'http1 2,400 sent, 0 failed, longest gap 0.12 s' by target. */
export function trafficLines(reports: readonly ProbeReport[]): readonly string[] {
  return targetsIn(reports).map(({ protocol, ok, failed, gaps, held }) => {
    const ends =
      held === undefined ? '' : `; held connections ended ${held.graceful} times with notice, ${held.abrupt} without`;
    const gap = `longest gap ${(gaps.longest.ms / 1000).toFixed(2)} s`;
    return `  ${protocol.padEnd(6)}${(ok + failed).toLocaleString('en').padStart(7)} requests, ${failed} failed, ${gap}${ends}`;
  });
}

/** Reports of all targets. */
export function targetsIn(reports: readonly ProbeReport[]): readonly ProbeReport['targets'][number][] {
  return reports.flatMap(({ targets }) => targets);
}

/** Requests that failed, all targets together. */
export function failedIn(reports: readonly ProbeReport[]): number {
  return targetsIn(reports).reduce((sum, { failed }) => sum + failed, 0);
}

/** A file of the demo's directory. */
export function fileOf({ directory }: DemoStage, name: string): string {
  return join(directory, name);
}
