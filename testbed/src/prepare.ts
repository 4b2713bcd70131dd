import { join } from 'node:path';
import { Blocked, MeshliftError, Transient } from '../../src/errors.ts';
import { missingBuilds } from './binaries.ts';
import { goSource } from './environment.ts';
import { goProgram } from './go.ts';
import { envoyBinary, envoyVersions } from './istio/envoy-binary.ts';
import type { Layout } from './layout.ts';
import { installPackages } from './packages.ts';
import { checkMachine } from './preflight.ts';
import type { Progress } from './progress.ts';
import { run } from './run.ts';

/**
 * Gets all that tests on a node need from elsewhere: Debian packages, Go with its modules, Envoy. Null when all is there; one
 * line that says why it can't be had or used here, so that who runs the tests can say what was not run.
 */
export async function prepare(layout: Layout, told: Progress): Promise<string | null> {
  try {
    await getAll(layout, told);
    return null;
  } catch (error) {
    if (error instanceof MeshliftError) return error.message.split('\n')[0] ?? '';
    throw error;
  }
}

async function getAll(layout: Layout, told: Progress): Promise<void> {
  checkMachine({ platform: process.platform, arch: process.arch, uid: process.getuid?.() });
  await mustMakeNamespaces();
  await installPackages(told);
  if ((await missingBuilds(layout)).length > 0) await fetchModules(layout, told);
  for (const version of Object.values(envoyVersions)) await envoyBinary(layout, version);
}

/** The root of a container often may not. */
async function mustMakeNamespaces(): Promise<void> {
  await run('unshare', ['--fork', '--pid', '--mount', '--net', 'true']).catch((cause: unknown) => {
    const remedy = 'Run it on a machine, or in a privileged container.';
    throw new Blocked('Root may not make namespaces here.', { object: 'this machine', remedy, cause });
  });
}

async function fetchModules(layout: Layout, told: Progress): Promise<void> {
  const go = await goProgram(layout, goSource(), told);
  for (const module of ['kubernetes', 'helm']) {
    const cwd = join(layout.source, module);
    const env = { GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' };
    await told.step(`modules of ${module}`, async () => {
      await run(go, ['mod', 'download'], { cwd, env, timeoutMs: 900_000 }).catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message.split('\n').at(-1) : String(cause);
        throw new Transient(`Modules of ${module} could not be fetched: ${why ?? ''}`, { object: module, cause });
      });
    });
  }
}
