import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { goProgram, goProxies, type GoSource } from './go.ts';
import { layoutOf, type Layout } from './layout.ts';
import { progress } from './progress.ts';
import { zipOf } from './zip.test-helper.ts';

const quiet = progress(
  () => undefined,
  () => 0,
);
const root = 'golang.org/toolchain@v0.0.1-go1.99.0.linux-amd64';
const archive = zipOf({ [`${root}/bin/go`]: '#!/bin/sh\n', [`${root}/src/a.go`]: 'a', [`${root}/../evil`]: 'e' });
const toolchain = { version: '1.99.0', sha256: { amd64: createHash('sha256').update(archive).digest('hex') } };

let home: string;
let layout: Layout;
let path: string | undefined;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'meshlift-go-'));
  layout = layoutOf({ home, source: home, arch: 'amd64' });
  path = process.env['PATH'];
  process.env['PATH'] = '/nonexistent';
});
afterEach(async () => {
  process.env['PATH'] = path;
  await rm(home, { recursive: true });
});

function source(proxies: string, answers: Readonly<Record<string, Buffer>>): GoSource & { readonly asked: string[] } {
  const asked: string[] = [];
  const download = (url: string): Promise<Buffer> => {
    asked.push(url);
    const answer = Object.entries(answers).find(([start]) => url.startsWith(start))?.[1];
    return answer === undefined ? Promise.reject(new Error('no route to host')) : Promise.resolve(answer);
  };
  return { proxies, download, toolchain, asked };
}

test('without Go one is fetched from the first proxy that answers, its programs can be run, and it is kept', async () => {
  const from = source('https://dead.test|https://good.test/,direct', { 'https://good.test': archive });
  const program = await goProgram(layout, from, quiet);
  expect(from.asked).toEqual([
    'https://dead.test/golang.org/toolchain/@v/v0.0.1-go1.99.0.linux-amd64.zip',
    'https://good.test/golang.org/toolchain/@v/v0.0.1-go1.99.0.linux-amd64.zip',
  ]);
  expect(await readFile(program, 'utf8')).toBe('#!/bin/sh\n');
  expect((await stat(program)).mode & 0o777).toBe(0o755);
  expect((await stat(join(program, '..', '..', 'src', 'a.go'))).mode & 0o111).toBe(0);
  await expect(stat(join(layout.binaries, 'evil'))).rejects.toThrow(/ENOENT/);
});

test('another archive than the pinned one is refused, and nothing of it is kept', async () => {
  const other = zipOf({ [`${root}/bin/go`]: 'other' });
  const fetched = goProgram(layout, source('https://good.test', { 'https://good.test': other }), quiet);
  await expect(fetched).rejects.toMatchObject({
    errorClass: 'InvalidInput',
    message: expect.stringMatching(/SHA-256/),
  });
  await expect(stat(layout.binaries)).rejects.toThrow(/ENOENT/);
});

test('what can be done is said where no proxy answers, and where none is allowed', async () => {
  await expect(goProgram(layout, source('https://dead.test', {}), quiet)).rejects.toMatchObject({
    ...{ errorClass: 'Transient', message: expect.stringMatching(/https:\/\/dead\.test: no route to host/) },
  });
  const off = goProgram(layout, source('off', {}), quiet);
  await expect(off).rejects.toThrow(/Go was not found, and can't be fetched: GOPROXY is off/);
  const elsewhere = goProgram({ ...layout, arch: 'riscv64' }, source('https://good.test', {}), quiet);
  await expect(elsewhere).rejects.toThrow(/none is pinned for riscv64/);
});

test('proxies are those of GOPROXY that have a URL', () => {
  expect(goProxies('https://a.test,http://b.test|direct,off')).toEqual(['https://a.test', 'http://b.test']);
  expect(goProxies('off')).toEqual([]);
});
