import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigFor, testCluster, type TestCluster } from './cluster.test-helper.ts';
import { testIo, type TestIoOptions } from './io.test-helper.ts';
import { main } from './main.ts';

const half = fileURLToPath(new URL('../../test/fixtures/recorded/canary/30-restarted-half.json.gz', import.meta.url));
let directory = '';
let cluster: TestCluster;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meshlift-cli-'));
  cluster = await testCluster(directory);
});
afterEach(() => cluster.serve({}));
afterAll(async () => {
  await cluster.close();
  await rm(directory, { recursive: true });
});

async function run(argv: readonly string[], options: TestIoOptions = {}) {
  const { io, out, err } = testIo({ home: directory, ...options });
  const code = await main(argv, io);
  return { code, out: out(), err: err() };
}

const live = (...argv: string[]) => run([...argv, '--kubeconfig', cluster.kubeconfig]);

describe('usage', () => {
  it.each([
    [['status', '--bogus'], "unknown option '--bogus'"],
    [['statos'], 'Did you mean status?'],
    [['status', '-o', 'xml'], 'Allowed choices are table, wide, json, yaml'],
    [['status', '--request-timeout', '0'], 'Give a time above zero'],
    [['status', '--watch', '--snapshot', 'x'], 'cannot be used with'],
    [['snapshot', 'save'], "missing required argument 'file'"],
  ])('%j ends with 2 and says why', async (argv, words) => {
    const { code, out, err } = await run(argv);

    expect(code).toBe(2);
    expect(err).toContain(words);
    expect(err).toContain('--help" to see what it takes.');
    expect(out).toBe('');
  });

  it('prints help and version on stdout with 0', async () => {
    expect(await run([])).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Usage: meshlift') });
    expect(await run(['status', '--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--snapshot') });
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('bad input', () => {
  const closed = 'http://127.0.0.1:1';
  const file = async (name: string, content: string | Uint8Array): Promise<string> => {
    await writeFile(join(directory, name), content);
    return join(directory, name);
  };

  it('no kubeconfig', async () => {
    const { code, err } = await run(['status']);

    expect(code).toBe(2);
    expect(err).toMatch(/^meshlift: .*kubeconfig.*\n {2}.*--kubeconfig/);
  });

  it('unknown context: names those that exist', async () => {
    const { code, err } = await live('status', '--context', 'staging');

    expect(code).toBe(2);
    expect(err).toMatch(/staging[^]*test/);
  });

  it('unreachable server: names it', async () => {
    const kubeconfig = await file('closed', kubeconfigFor(closed));
    const { code, err, out } = await run(['status', '--kubeconfig', kubeconfig, '--request-timeout', '300ms']);

    expect(code).toBe(1);
    expect(err).toContain(closed);
    expect(out).toBe('');
  });

  it('missing file', async () => {
    const { code, err } = await run(['status', '--snapshot', join(directory, 'nothing')]);

    expect(code).toBe(2);
    expect(err).toMatch(/nothing does not exist[^]*meshlift snapshot save/);
  });

  it('no snapshot at all', async () => {
    const { code, err } = await run(['status', '--snapshot', await file('junk', gzipSync('hello'))]);

    expect(code).toBe(2);
    expect(err).toContain('junk');
  });

  it('a namespace that does not exist is not taken for one without a mesh', async () => {
    const { code, err, out } = await run(['status', '-n', 'shp', '--snapshot', half]);

    expect(code).toBe(2);
    expect(err).toContain('Namespace shp does not exist.');
    expect(out).toBe('');
  });

  it('a damaged snapshot: shows what can be read, and ends with 2', async () => {
    const whole = join(directory, 'whole.gz');
    expect(await live('snapshot', 'save', whole)).toMatchObject({ code: 0 });
    const bytes = await readFile(whole);
    const cut = await file('cut.gz', bytes.subarray(0, bytes.length - 40));
    const { code, err, out } = await run(['status', '--snapshot', cut]);

    expect(code).toBe(2);
    expect(err).toContain('is cut off before its end');
    expect(out).toContain('NOT SEEN');
  });
});

describe('status', () => {
  it('shows a recorded cluster with 0 although the file lacks some kinds', async () => {
    const { code, out, err } = await run(['status', '--snapshot', half]);

    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain('Istio 1.29.6 → 1.30.3 in progress: 5 of 13 proxies on revision 1-30-3, 8 lag behind.');
  });

  it('says the same as JSON and as YAML, and the same each time', async () => {
    const { parse } = await import('yaml');
    const json = await run(['status', '--snapshot', half, '-o', 'json']);
    const yaml = await run(['status', '--snapshot', half, '-o', 'yaml']);

    expect(await run(['status', '--snapshot', half, '-o', 'json'])).toEqual(json);
    expect(parse(yaml.out)).toEqual(JSON.parse(json.out));
    expect(JSON.parse(json.out)).toMatchObject({ kind: 'MeshStatus', takenAt: '2026-01-02T03:04:05.000Z' });
  });

  it.each<[string, TestIoOptions, boolean]>([
    ['a terminal', { tty: true }, true],
    ['a pipe', { tty: false }, false],
    ['a terminal with NO_COLOR', { tty: true, env: { NO_COLOR: '1' } }, false],
    ['a dumb terminal', { tty: true, env: { TERM: 'dumb' } }, false],
  ])('colours on %s: %o', async (_where, options, colours) => {
    const { out } = await run(['status', '--snapshot', half], options);

    expect(out.includes('\u001b[')).toBe(colours);
  });

  it('finds no Istio in a cluster that has none', async () => {
    const { code, out } = await live('status');

    expect(code).toBe(0);
    expect(out).toMatch(/^No Istio found\.\ntest \(http:\/\/127\.0\.0\.1:\d+\); Kubernetes v1\.34\.4\nLooked for/);
  });

  it.each([
    '/api/v1/pods',
    '/apis/apps/v1/deployments',
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  ])('ends with 6 when it may not list %s, and says so', async (path) => {
    cluster.serve({ forbidden: [path] });
    const { code, out } = await live('status');

    expect(code).toBe(6);
    expect(out).toMatch(/^No Istio found in what could be seen\./);
    expect(out).toMatch(/NOT SEEN\n(.|\n)*forbidden/);
  });

  it('ends with 0 when only something of less weight is forbidden', async () => {
    cluster.serve({ forbidden: ['/api/v1/nodes'] });
    const { code, out } = await live('status');

    expect(code).toBe(0);
    expect(out).toMatch(/NOT SEEN\n {2}nodes: /);
  });
});

describe('snapshot save', () => {
  it('writes a file that status takes, and tells what is in it', async () => {
    cluster.serve({
      lists: { '/api/v1/namespaces': [{ metadata: { name: 'shop', labels: { 'istio.io/rev': 'prod' } } }] },
      forbidden: ['/api/v1/nodes'],
    });
    const saved = join(directory, 'one.gz');
    const { code, out } = await live('snapshot', 'save', saved);

    expect(code).toBe(0);
    expect(out).toMatch(/one\.gz: 1 object, [\d,]+ bytes, answers of 0 of 0 istiod pods\.\nNot in it:\n {2}nodes: /);
    expect(out).toContain(`Look at it: meshlift status --snapshot ${saved}`);
    const status = await run(['status', '--snapshot', saved, '-o', 'json']);
    expect(status.code).toBe(0);
    expect(JSON.parse(status.out)).toMatchObject({
      kubernetesVersion: 'v1.34.4',
      namespaces: [{ name: 'shop', injection: { revision: null, code: 'revision-not-served' } }],
    });
  });

  it('does not replace a file without --force', async () => {
    const file = join(directory, 'kept');
    await writeFile(file, 'precious');

    expect(await live('snapshot', 'save', file)).toMatchObject({ code: 2, err: expect.stringContaining('--force') });
    expect(await readFile(file, 'utf8')).toBe('precious');
    expect(await live('snapshot', 'save', file, '--force')).toMatchObject({ code: 0 });
    expect(await readFile(file, 'utf8')).not.toBe('precious');
  });

  it('leaves nothing behind when it fails', async () => {
    const kubeconfig = join(directory, 'gone');
    await writeFile(kubeconfig, kubeconfigFor('http://127.0.0.1:1'));
    const argv = [
      'snapshot',
      'save',
      join(directory, 'never.gz'),
      '--kubeconfig',
      kubeconfig,
      '--request-timeout',
      '200ms',
    ];

    expect(await run(argv)).toMatchObject({ code: 1 });
    expect((await readdir(directory)).filter((name) => name.startsWith('never'))).toEqual([]);
  });
});
