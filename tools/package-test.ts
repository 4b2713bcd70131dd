/**
 * `npm run test:package`: the package as a user gets it. Packs it, checks that its only code is the bundle, and runs it by
 * npx from the tarball in an empty directory on a recorded cluster. Exit code 1 when something is not as promised.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What may be in the package: the bundle, its documents and schemas, and what npm always adds. */
const allowed = /^(dist\/meshlift\.mjs|docs\/.+\.(md|json)|README\.md|LICENSE|package\.json)$/;

const work = mkdtempSync(join(tmpdir(), 'meshlift-package-'));
const problems: string[] = [];
try {
  const packed = execFileSync('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', work], {
    encoding: 'utf8',
  });
  // The build that runs before packing prints a line of its own.
  const [tarball] = JSON.parse(packed.slice(packed.indexOf('[\n'))) as {
    filename: string;
    files: { path: string }[];
    size: number;
  }[];
  if (tarball === undefined) throw new Error('npm pack named no tarball');

  const foreign = tarball.files.map((file) => file.path).filter((path) => !allowed.test(path));
  if (foreign.length > 0) problems.push(`not meant to be published: ${foreign.join(', ')}`);

  const run = (...args: string[]): string =>
    execFileSync('npx', ['--yes', '--package', join(work, tarball.filename), 'meshlift', ...args], {
      cwd: work,
      encoding: 'utf8',
    });
  const version = run('--version').trim();
  if (!/^\d+\.\d+\.\d+/.test(version)) problems.push(`--version printed «${version}»`);
  const status = JSON.parse(
    run('status', '--snapshot', resolve('test/fixtures/recorded/canary/30-restarted-half.json.gz'), '-o', 'json'),
  ) as { kind?: string; dataPlane?: { proxies?: number } };
  if (status.kind !== 'MeshStatus' || status.dataPlane?.proxies !== 13)
    problems.push('status of a recorded cluster is wrong');

  console.log(
    `${tarball.filename}: ${tarball.files.length} files, ${(tarball.size / 1024 / 1024).toFixed(2)} MiB packed, version ${version}`,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
for (const problem of problems) console.error(`FAIL ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
