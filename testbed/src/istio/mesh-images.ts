import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildBinaries } from '../binaries.ts';
import { base, ctr, importImages } from '../images.ts';
import type { Layout } from '../layout.ts';
import { ociArchive } from '../oci.ts';
import type { Progress } from '../progress.ts';
import type { TarEntry } from '../tar.ts';
import { envoyBinary, envoyVersions } from './envoy-binary.ts';
import { iptables, libraries } from './libraries.ts';

/** Registry and folder of the mesh's images: a name only, nothing is pulled. */
export const hub = 'testbed.local/istio';

/** User of istiod and of every proxy; the redirection leaves its traffic alone. */
const user = 1337;

const path = '/usr/local/bin:/usr/sbin:/usr/bin';

async function istiodBundle(layout: Layout): Promise<Buffer> {
  const banner =
    "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);";
  const result = await build({
    entryPoints: [join(layout.source, 'src', 'istio', 'istiod', 'main.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: banner },
    logLevel: 'warning',
  });
  return Buffer.from(result.outputFiles[0]?.contents ?? []);
}

async function pilotFiles(layout: Layout, programs: string): Promise<readonly TarEntry[]> {
  return [
    ...base,
    ...(await libraries([process.execPath])),
    { name: 'usr/local/bin/node', data: await readFile(process.execPath) },
    { name: 'usr/local/bin/mesh-ca', data: await readFile(join(programs, 'mesh-ca')) },
    { name: 'istiod.mjs', data: await istiodBundle(layout), mode: 0o644 },
  ];
}

async function proxyFiles(envoy: string, programs: string): Promise<readonly TarEntry[]> {
  const files = [
    ...base,
    ...(await libraries([envoy])),
    ...(await iptables()),
    { name: 'usr/local/bin/envoy', data: await readFile(envoy) },
    { name: 'usr/local/bin/pilot-agent', data: await readFile(join(programs, 'pilot-agent')) },
  ];
  return [...new Map(files.map((file) => [file.name, file])).values()];
}

async function importOne(layout: Layout, name: string, archive: Buffer): Promise<void> {
  const file = join(layout.state, 'images', `${name}.tar`);
  await mkdir(join(layout.state, 'images'), { recursive: true });
  await writeFile(file, archive);
  await importImages(layout, [file]);
  await rm(file);
}

/**
 * Makes and imports the images of the stand-in: pilot and proxyv2 of both versions. istiod is the same in both: it tells
 * its version from its own image's tag. @throws InvalidInput when Envoy can't be had
 */
export async function importMeshImages(layout: Layout, progress: Progress): Promise<void> {
  const { programs } = await buildBinaries(layout, progress);
  // The programs' folder is named by their hash: with it and the bundle every image is settled.
  const hash = createHash('sha256')
    .update(programs)
    .update(await istiodBundle(layout));
  const stamp = hash.update(JSON.stringify(envoyVersions)).digest('hex');
  const stampFile = join(layout.state, 'mesh-images');
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return;
  await importAll(layout, programs, progress);
  await writeFile(stampFile, stamp);
}

async function importAll(layout: Layout, programs: string, progress: Progress): Promise<void> {
  const { arch } = layout;
  const versions = Object.keys(envoyVersions);
  const [first = '', ...others] = versions.map((version) => `${hub}/pilot:${version}`);
  await progress.step('image of the stand-in istiod', async () => {
    const files = await pilotFiles(layout, programs);
    const entrypoint = ['/usr/local/bin/node', '/istiod.mjs'];
    await importOne(layout, 'pilot', ociArchive({ name: first, files, entrypoint, user, arch, env: { PATH: path } }));
    for (const other of others) await ctr(layout, 'images', 'tag', '--force', first, other);
  });
  for (const [version, envoyVersion] of Object.entries(envoyVersions)) {
    await progress.step(`image of the proxy ${version}, with Envoy ${envoyVersion}`, async () => {
      const files = await proxyFiles(await envoyBinary(layout, envoyVersion), programs);
      const wish = { name: `${hub}/proxyv2:${version}`, files, user, arch };
      const env = { PATH: path, ISTIO_VERSION: version };
      const entrypoint = ['/usr/local/bin/pilot-agent'];
      await importOne(layout, `proxyv2-${version}`, ociArchive({ ...wish, entrypoint, env }));
    });
  }
}
