import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { goSource } from './environment.ts';
import { goProgram, mustBeFetchable, presentGo } from './go.ts';
import type { Layout } from './layout.ts';
import type { Progress } from './progress.ts';
import { run } from './run.ts';
import { helmVersion, kubernetesVersion } from './versions.ts';

/** Folders of the built programs. */
export interface Binaries {
  readonly kubernetes: string;
  readonly helm: string;
  readonly programs: string;
}

interface Build {
  readonly name: string;
  readonly package: string;
}

interface Family {
  /** Folder of the Go module, under `testbed`. */
  readonly module: string;
  /** Folder of the results, under the cache. */
  readonly results: string;
  readonly ldflags: string;
  readonly builds: readonly Build[];
}

/** Of a Kubernetes build: without the version flags the server says v0.0.0-master, and clients that compare versions are misled. */
function stamps(version: string): string {
  const [major = '', minor = ''] = version.split('.');
  const base = 'k8s.io/component-base/version';
  const facts = [
    `${base}.gitVersion=v${version}`,
    `${base}.gitMajor=${major}`,
    `${base}.gitMinor=${minor}`,
    `k8s.io/client-go/pkg/version.gitVersion=v${version}`,
  ];
  return ['-s -w', ...facts.map((fact) => `-X ${fact}`)].join(' ');
}

const kubernetesPrograms = [
  'kube-apiserver',
  'kubectl',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
];
const ownPrograms = ['pause', 'certs', 'dns', 'app', 'load', 'pilot-agent', 'mesh-ca'];

/** What has to be built. The longest first: it pays for the packages that all share. */
async function families(layout: Layout): Promise<readonly Family[]> {
  const hash = await hashOf(join(layout.source, 'programs'));
  return [
    {
      module: 'kubernetes',
      results: `kubernetes-${kubernetesVersion}-${layout.arch}`,
      ldflags: stamps(kubernetesVersion),
      builds: [
        ...kubernetesPrograms.map((name) => ({ name, package: `k8s.io/kubernetes/cmd/${name}` })),
        { name: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
      ],
    },
    {
      module: 'helm',
      results: `helm-${helmVersion}-${layout.arch}`,
      ldflags: `-s -w -X helm.sh/helm/v3/internal/version.version=v${helmVersion}`,
      builds: [{ name: 'helm', package: 'helm.sh/helm/v3/cmd/helm' }],
    },
    {
      module: 'programs',
      results: `programs-${hash}-${layout.arch}`,
      ldflags: '-s -w',
      builds: ownPrograms.map((name) => ({ name, package: `./${name}` })),
    },
  ];
}

/** Hash of all files of a folder, so that a change in our own programs builds them anew. */
async function hashOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(file.slice(folder.length)).update(await readFile(file));
  return hash.digest('hex').slice(0, 12);
}

/** Programs that are not built yet; building them all takes about eleven minutes on two cores. */
export async function missingBuilds(layout: Layout): Promise<readonly string[]> {
  const wanted = await families(layout);
  const checks = wanted.flatMap(({ results, builds }) =>
    builds.map(async ({ name }) => ((await exists(join(layout.binaries, results, name))) ? [] : [name])),
  );
  return (await Promise.all(checks)).flat();
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Builds what is missing, with a Go that is fetched where there is none; a program appears under its name only when it is whole. */
export async function buildBinaries(layout: Layout, progress: Progress): Promise<Binaries> {
  const wanted = await families(layout);
  const missing = await missingBuilds(layout);
  if (missing.length > 0) {
    progress.say(`building ${missing.join(', ')} (cached in ${layout.binaries})`);
    const go = await goProgram(layout, goSource(), progress);
    for (const family of wanted) {
      for (const build of family.builds.filter(({ name }) => missing.includes(name))) {
        await progress.step(`built ${build.name}`, () => buildOne(layout, family, build, go));
      }
    }
  }
  const [kubernetes, helm, programs] = wanted.map(({ results }) => join(layout.binaries, results));
  return { kubernetes: kubernetes ?? '', helm: helm ?? '', programs: programs ?? '' };
}

async function buildOne(layout: Layout, family: Family, build: Build, go: string): Promise<void> {
  const folder = join(layout.binaries, family.results);
  await mkdir(folder, { recursive: true });
  const file = join(folder, build.name);
  const args = ['build', '-trimpath', '-mod=readonly', '-ldflags', family.ldflags, '-o', `${file}.part`, build.package];
  // Below everything else on the machine: it takes both cores for minutes.
  await run('nice', ['-n', '19', go, ...args], {
    cwd: join(layout.source, family.module),
    env: { CGO_ENABLED: '0', GOARCH: layout.arch, GOFLAGS: '-buildvcs=false', GOTOOLCHAIN: 'local' },
    timeoutMs: 40 * 60_000,
  });
  await rename(`${file}.part`, file);
}

/**
 * Throws InvalidInput when something is to be built, Go is missing or too old, and none can be fetched. Debian 12's own Go
 * (1.19) is too old as well, so the test bed does not install that.
 */
export async function checkGo(layout: Layout): Promise<void> {
  if ((await missingBuilds(layout)).length === 0) return;
  if ((await presentGo(layout)) === null) mustBeFetchable(layout, goSource());
}
