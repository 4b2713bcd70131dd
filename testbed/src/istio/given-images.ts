import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInput } from '../../../src/errors.ts';
import { ctr } from '../images.ts';
import type { Layout } from '../layout.ts';
import type { Progress } from '../progress.ts';
import type { GivenIstio } from './source.ts';

interface Archive {
  readonly file: string;
  readonly name: string;
}

/** The file as it is now: a renewed archive is imported again. */
async function stampOf({ file, name }: Archive): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  return `${file} ${String(size)} ${String(mtimeMs)} ${name}`;
}

/**
 * Imports the archives of a real Istio, unless the node has them, and names the images as the charts will ask for them.
 * @throws InvalidInput for an archive without an image
 */
export async function importGivenImages(
  layout: Layout,
  istio: GivenIstio,
  versions: readonly string[],
  progress: Progress,
): Promise<void> {
  const archives = versions.flatMap((version) =>
    ['pilot', 'proxyv2'].map((image) => ({
      file: join(istio.images, `${image}-${version}.tar`),
      name: `${istio.hub}/${image}:${istio.tag(version)}`,
    })),
  );
  const stamp = (await Promise.all(archives.map(stampOf))).join('\n');
  const stampFile = join(layout.state, 'given-images');
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return;
  for (const archive of archives) await progress.step(`image ${archive.name}`, () => importOne(layout, archive));
  await writeFile(stampFile, stamp);
}

async function importOne(layout: Layout, { file, name }: Archive): Promise<void> {
  const said = await ctr(layout, 'images', 'import', file);
  const found = /^unpacking (\S+) /m.exec(said)?.[1];
  if (found === undefined) {
    const remedy = 'Save one image with its name and tag into it.';
    throw new InvalidInput(`${file} holds no image: ${said.trim()}`, { object: file, remedy });
  }
  if (found !== name) await ctr(layout, 'images', 'tag', '--force', found, name);
}
