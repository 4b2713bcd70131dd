import { createHash } from 'node:crypto';
import { access, chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InvalidInput, MeshliftError, Transient } from '../../src/errors.ts';
import type { Layout } from './layout.ts';
import type { Progress } from './progress.ts';
import { run } from './run.ts';
import { goToolchain, lowestGo } from './versions.ts';
import { zipEntries } from './zip.ts';

/** Gets a URL's body. Rejects when it can't. */
export type Download = (url: string) => Promise<Buffer>;

/** Where a Go comes from when none is installed. */
export interface GoSource {
  /** GOPROXY as the go command takes it: URLs, 'direct' and 'off', with ',' or '|' between. */
  readonly proxies: string;
  readonly download: Download;
  /** Default: what versions.ts says. */
  readonly toolchain?: typeof goToolchain;
}

/** Program of Go on the person's search path when it is new enough, else one that was fetched before; null when there is neither. */
export async function presentGo(layout: Layout): Promise<string | null> {
  const said = await run('go', ['env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' } }).catch(() => '');
  if (isEnough(said)) return 'go';
  const own = programOf(layout, goToolchain.version);
  return access(own).then(
    () => own,
    () => null,
  );
}

function isEnough(said: string): boolean {
  const [, major = 0, minor = 0] = (/go(\d+)\.(\d+)/.exec(said) ?? []).map(Number);
  const [lowestMajor, lowestMinor] = lowestGo;
  return major > lowestMajor || (major === lowestMajor && minor >= lowestMinor);
}

const programOf = (layout: Layout, version: string): string =>
  join(layout.binaries, `go-${version}-${layout.arch}`, 'bin', 'go');

/** Proxies that an archive can be fetched from: 'direct' would need Git, and this module has no repository. */
export function goProxies(proxies: string): readonly string[] {
  return proxies.split(/[,|]/).filter((one) => /^https?:\/\//.test(one));
}

/**
 * A Go that builds everything: the one that is there, or one fetched from the Go module proxy as module golang.org/toolchain,
 * which is where the go command itself takes other versions from; checked by its hash, kept with the built programs.
 * @throws InvalidInput when none can be fetched here or the archive is not the one that is pinned, Transient when no proxy answers
 */
export async function goProgram(layout: Layout, source: GoSource, progress: Progress): Promise<string> {
  const present = await presentGo(layout);
  if (present !== null) return present;
  const { version } = source.toolchain ?? goToolchain;
  mustBeFetchable(layout, source);
  return progress.step(`Go ${version} fetched`, () => fetchGo(layout, source));
}

/** @throws InvalidInput when there is no Go and none can be fetched here */
export function mustBeFetchable(
  layout: Layout,
  { proxies, toolchain = goToolchain }: Omit<GoSource, 'download'>,
): void {
  const isPinned = toolchain.sha256[layout.arch] !== undefined;
  if (isPinned && goProxies(proxies).length > 0) return;
  const why = isPinned ? `GOPROXY is ${proxies}` : `none is pinned for ${layout.arch}`;
  const wanted = `Go ${lowestGo.join('.')} or newer`;
  throw new InvalidInput(`Go was not found, and can't be fetched: ${why}. ${wanted} builds Kubernetes here.`, {
    object: 'program go',
    remedy: `Install ${wanted} and put it on the PATH; it is needed only to build, not to run.`,
  });
}

async function fetchGo(layout: Layout, { proxies, download, toolchain = goToolchain }: GoSource): Promise<string> {
  const { version, sha256 } = toolchain;
  const name = `v0.0.1-go${version}.linux-${layout.arch}`;
  const archive = await firstOf(goProxies(proxies), (proxy) =>
    download(`${proxy.replace(/\/$/, '')}/golang.org/toolchain/@v/${name}.zip`),
  );
  const hash = createHash('sha256').update(archive).digest('hex');
  if (hash !== sha256[layout.arch]) {
    throw new InvalidInput(`The archive of Go ${version} has SHA-256 ${hash}, not ${sha256[layout.arch] ?? ''}.`, {
      object: `module golang.org/toolchain ${name}`,
      remedy: 'Do not use it; see what answers in place of the Go module proxy.',
    });
  }
  const program = programOf(layout, version);
  await unpack(archive, `golang.org/toolchain@${name}/`, dirname(dirname(program)));
  return program;
}

/** Archives of modules keep no modes: programs are those in two folders. */
const programs = /^(bin|pkg\/tool\/[^/]+)\/[^/]+$/;

async function unpack(archive: Buffer, prefix: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const scratch = await mkdtemp(`${folder}-part-`);
  try {
    for (const { name, data } of zipEntries(archive)) {
      const path = name.slice(prefix.length);
      if (!name.startsWith(prefix) || path.split('/').includes('..')) continue;
      const file = join(scratch, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, data());
      if (programs.test(path)) await chmod(file, 0o755);
    }
    await chmod(scratch, 0o755);
    await rename(scratch, folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function firstOf(proxies: readonly string[], get: (proxy: string) => Promise<Buffer>): Promise<Buffer> {
  const failures: string[] = [];
  for (const proxy of proxies) {
    try {
      return await get(proxy);
    } catch (error) {
      if (error instanceof MeshliftError) throw error;
      failures.push(`${proxy}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Transient(`Go ${goToolchain.version} could not be fetched: ${failures.join('; ')}.`, {
    object: 'module golang.org/toolchain',
    remedy: `Let GOPROXY name a Go module proxy that answers, or install Go ${lowestGo.join('.')} or newer.`,
  });
}
