import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';
import { root } from './child.ts';

/** Path of the published bundle. */
export const bundlePath = `${root}dist/meshlift.mjs`;

/** Builds the published bundle, so that what is measured is what the sources say. Throws Error when the build fails. */
export function buildProduct(): void {
  const { status, stderr } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm run build failed: ${stderr}`);
}

/** Bundles bench/children/NAME.ts, so that no loader of TypeScript is measured with it, and gives the path to run. */
export async function buildChild(name: string): Promise<string> {
  const outfile = `${root}bench/results/children/${name}.mjs`;
  await build({
    entryPoints: [`${root}bench/children/${name}.ts`],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
  return outfile;
}
