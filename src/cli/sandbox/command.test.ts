import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { scenarioNamed } from '../../../sandbox/scenarios/table.ts';
import type { SandboxContent } from '../../../sandbox/past.ts';
import { startSandbox } from '../../../sandbox/start.ts';
import type { Processes } from '../io.ts';
import { testIo } from '../io.test-helper.ts';
import { main } from '../main.ts';
import { readObjects } from './objects.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const inTime = { timeout: 20_000, interval: 20 };
let directory = '';
let state = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meshlift-sandbox-'));
  state = join(directory, 'meshlift', 'sandbox');
});
afterEach(() => rm(directory, { recursive: true }));

/** This process is the sandbox; no other can be started. */
const alone: Processes = {
  own: process.pid,
  spawnSelf: () => Promise.reject(new Error('nothing may be started')),
  alive: (pid) => pid === process.pid,
  end: () => undefined,
};

function world(processes: Processes = alone) {
  return testIo({ home: directory, env: { XDG_STATE_HOME: directory }, processes });
}

async function run(...argv: string[]) {
  const { io, out, err } = world();
  return { code: await main(['sandbox', ...argv], io), out: out(), err: err() };
}

/** Runs `use` while a sandbox is served in the foreground; then presses Ctrl-C. */
async function whileServed(argv: readonly string[], use: () => Promise<void>) {
  const { io, out, err, interrupt } = world();
  const served = main(['sandbox', 'start', '--foreground', ...argv], io);
  try {
    await vi.waitFor(() => readFile(join(state, 'running.json')), inTime);
    await use();
  } finally {
    interrupt();
  }
  return { code: await served, out: out(), err: err() };
}

describe('in the foreground', { timeout: 30_000 }, () => {
  it('serves until Ctrl-C, says how to reach it, and leaves nothing behind', async () => {
    const kubeconfig = join(state, 'kubeconfig');
    const { code, out, err } = await whileServed([], async () => {
      const seen = world();
      expect(await main(['status', '--kubeconfig', kubeconfig], seen.io)).toBe(0);
      expect(seen.out()).toContain('Istio 1.29.6, revision 1-29-6: all 7 proxies in step.');
      expect(await run('status')).toMatchObject({ code: 0, out: expect.stringContaining('scenario bookinfo') });
    });

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`meshlift status --kubeconfig ${kubeconfig}`);
    expect(out).toContain(`kubectl --kubeconfig ${kubeconfig} get pods -A`);
    expect(await readdir(state)).toEqual([]);
  });

  it('refuses a second one, and says which runs', async () => {
    await whileServed(['--scenario', 'unrevisioned'], async () => {
      const { code, err } = await run('start');

      expect(code).toBe(2);
      expect(err).toContain(`a sandbox runs already: scenario unrevisioned, process ${process.pid}.`);
      expect(err).toContain('meshlift sandbox stop');
    });
  });

  it('writes the kubeconfig where it is told to, and takes it away at the end', async () => {
    const kubeconfig = join(directory, 'kc');
    const { code } = await whileServed(['--kubeconfig-out', kubeconfig], async () => {
      expect(await readFile(kubeconfig, 'utf8')).toContain('current-context: meshlift-sandbox');
    });

    expect(code).toBe(0);
    expect(await readdir(directory)).toEqual(['meshlift']);
  });
});

describe('bad input', { timeout: 30_000 }, () => {
  it('an unknown scenario: lists those that there are', async () => {
    const { code, err } = await run('start', '--scenario', 'bookinf');

    expect(code).toBe(2);
    expect(err).toMatch(/no scenario "bookinf"[^]*bookinfo, unrevisioned, in-place, .*thousand-workloads/);
  });

  it.each([
    [['--port', '65536'], 'Give a port from 0 to 65535'],
    [['--port', 'http'], 'Give a port from 0 to 65535'],
    [['--scenario', 'debris', '--snapshot', 'x'], 'cannot be used with'],
  ])('%j', async (argv, words) => {
    expect(await run('start', ...argv)).toMatchObject({ code: 2, err: expect.stringContaining(words) });
  });

  it('a port in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, err } = await run('start', '--foreground', '--port', String(port));
    server.close();

    expect(code).toBe(2);
    expect(err).toContain(`127.0.0.1 port ${port}: the port is in use`);
  });

  it('a snapshot that is missing, that is none, and that is cut off', async () => {
    const junk = join(directory, 'junk');
    await writeFile(junk, 'hello');
    const cut = join(directory, 'cut.gz');
    const recorded = await readFile(join(root, 'test/fixtures/recorded/canary/00-before.json.gz'));
    await writeFile(cut, recorded.subarray(0, recorded.length / 2));

    expect(await run('start', '--snapshot', join(directory, 'none'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('none does not exist'),
    });
    expect(await run('start', '--snapshot', junk)).toMatchObject({ code: 2, err: expect.stringContaining('junk') });
    expect(await run('start', '--snapshot', cut)).toMatchObject({ code: 2, err: expect.stringContaining('damaged') });
  });

  it('a kubeconfig of the person is not replaced', async () => {
    const own = join(directory, 'config');
    const text = 'clusters:\n  - name: production\ncontexts:\n  - name: meshlift-sandbox\n';
    await writeFile(own, text);

    expect(await run('start', '--kubeconfig-out', own)).toMatchObject({ code: 2, err: expect.stringContaining(own) });
    expect(await readFile(own, 'utf8')).toBe(text);
  });

  it('stop and status without a sandbox', async () => {
    expect(await run('stop')).toEqual({ code: 0, out: 'No sandbox runs.\n', err: '' });
    expect(await run('status')).toMatchObject({ code: 1, out: expect.stringContaining('meshlift sandbox start') });
  });
});

/** Serves the content and gives what `use` makes of its kubeconfig. */
async function served<T>(content: SandboxContent, use: (kubeconfig: string) => Promise<T>): Promise<T> {
  const sandbox = await startSandbox({ content, port: 0, now: Date.now });
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, sandbox.kubeconfig);
  return use(kubeconfig).finally(() => sandbox.close());
}

async function statusOf(kubeconfig: string): Promise<unknown> {
  const { io, out } = world();
  expect(await main(['status', '-o', 'json', '--kubeconfig', kubeconfig], io)).toBe(0);
  // Where it was read is another place each time.
  return { ...(JSON.parse(out()) as Record<string, unknown>), source: null };
}

describe('a rehearsal', () => {
  it.each(['workload-zoo', 'debris', 'mixed-labels'])(
    'from a saved snapshot of %s shows the same mesh',
    { timeout: 60_000 },
    async (name) => {
      const file = join(directory, 'mesh.snapshot');
      const before = await served({ scenario: scenarioNamed(name) }, async (kubeconfig) => {
        expect(await main(['snapshot', 'save', file, '--kubeconfig', kubeconfig], world().io)).toBe(0);
        return statusOf(kubeconfig);
      });
      const objects = await readObjects(file, world().io);

      expect(await served({ objects }, statusOf)).toEqual(before);
    },
  );
});

/** The program in a process of its own, as a person runs it. */
function shell(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, XDG_STATE_HOME: directory };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', 'src/bin.ts', 'sandbox', ...argv],
      { cwd: root, env },
      (error, out, err) => resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err }),
    );
  });
}

async function recorded() {
  return JSON.parse(await readFile(join(state, 'running.json'), 'utf8')) as { pid: number; url: string };
}

describe('as a process of its own', () => {
  afterEach(() => shell('stop'), 30_000);

  it('outlives its start, ends with stop, and when it was killed counts as gone', { timeout: 120_000 }, async () => {
    expect(await shell('start')).toMatchObject({ code: 0, out: expect.stringContaining('scenario bookinfo'), err: '' });
    expect(await shell('status')).toMatchObject({ code: 0 });
    expect(await statusOf(join(state, 'kubeconfig'))).toMatchObject({ dataPlane: { proxies: 7 } });
    process.kill((await recorded()).pid, 'SIGKILL');
    expect(await shell('status')).toMatchObject({ code: 1, out: expect.stringContaining('No sandbox runs') });
    expect(await readdir(state)).toEqual(['log']);

    expect(await shell('start', '--scenario', 'in-place')).toMatchObject({ code: 0 });
    const { url } = await recorded();
    expect(await shell('stop')).toMatchObject({ code: 0, out: 'The sandbox has ended: scenario in-place.\n' });
    await expect(fetch(`${url}/version`)).rejects.toThrow('fetch failed');
    expect(await readdir(state)).toEqual(['log']);
  });

  it('passes on why it did not start', { timeout: 60_000 }, async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, out, err } = await shell('start', '--port', String(port));
    server.close();

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^meshlift: The sandbox cannot listen .* the port is in use\.\n {2}Choose another port/);
  });
});
