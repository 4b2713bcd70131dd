/** The tools that install control planes, on this machine and this cluster. */
import { isSandbox } from '../../installers/sandbox.ts';
import type { InstallerDeps } from '../../installers/choose.ts';
import type { KubeApi } from '../../kube/api.ts';
import type { Policy } from '../../policy/policy.ts';
import type { CliIo } from '../io.ts';
import { readText } from './files.ts';
import { runProgram } from './run-program.ts';
import { clockOf } from './world.ts';

const operatorRemedy = 'The policy names it as istioOperator: give its path.';

/** What `installerFor` needs. @throws InvalidInput when the policy's file can't be read, and what the API throws */
export async function installerDeps(
  { charts, istioOperator }: Policy,
  api: KubeApi,
  io: Pick<CliIo, 'readFile' | 'now' | 'wait'>,
): Promise<InstallerDeps> {
  const sandbox = await isSandbox(api, new AbortController().signal);
  const operatorFile =
    istioOperator === '' ? null : { name: istioOperator, content: await readText(istioOperator, io, operatorRemedy) };
  return { api, sandbox, run: runProgram, charts, operatorFile, clock: clockOf(io) };
}
