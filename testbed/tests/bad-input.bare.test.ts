import { type ChildProcess, spawn } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownLayout } from '../src/environment.ts';
import { differences, survey, type Survey } from '../src/leftovers.ts';
import { run, until } from '../src/run.ts';

const layout = ownLayout();
let before: Survey;
beforeEach(async () => {
  before = await survey(layout);
});
afterEach(async () => {
  await finished(start('down')).ended;
  expect(differences(before, await survey(layout))).toEqual([]);
});

interface Start {
  /** User id. */
  readonly uid?: number;
  readonly env?: Readonly<Record<string, string>>;
}

function start(command: 'up' | 'down', { uid, env }: Start = {}): ChildProcess {
  const loader = `file://${join(layout.source, '..', 'node_modules', 'tsx', 'dist', 'loader.mjs')}`;
  return spawn(process.execPath, ['--import', loader, join(layout.source, 'src', `${command}.ts`)], {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
    ...(uid !== undefined && { uid }),
  });
}

interface Running {
  readonly child: ChildProcess;
  /** Exit code, and what it said. */
  readonly ended: Promise<{ readonly code: number | null; readonly said: string }>;
}

function finished(child: ChildProcess): Running {
  const pieces: Buffer[] = [];
  child.stderr?.on('data', (piece: Buffer) => pieces.push(piece));
  const ended = new Promise<{ code: number | null; said: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, said: Buffer.concat(pieces).toString() }));
  });
  return { child, ended };
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

test('without root it says what it needs and why', async () => {
  const { code, said } = await finished(start('up', { uid: 65534 })).ended;
  expect(said).toContain('The test bed needs root: it makes namespaces, mounts and network interfaces.');
  expect(code).toBe(2);
});

test('without Go and a proxy to fetch it from it says which one to install, before anything is installed or made', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'meshlift-bare-'));
  try {
    const env = { PATH: empty, XDG_CACHE_HOME: empty, XDG_STATE_HOME: empty, GOPROXY: 'off' };
    const { code, said } = await finished(start('up', { env })).ended;
    expect(said).toMatch(/Go was not found, and can't be fetched: GOPROXY is off[^]*Install Go 1\.26 or newer/);
    expect(code).toBe(2);
    expect(await exists(join(empty, 'meshlift-testbed', 'node'))).toBe(false);
  } finally {
    await rm(empty, { recursive: true });
  }
});

test('where its addresses are in use it names what uses them, and leaves that alone', async () => {
  await run('ip', ['link', 'add', 'mltest0', 'type', 'bridge']);
  try {
    await run('ip', ['addr', 'add', '10.96.77.1/24', 'dev', 'mltest0']);
    await run('ip', ['link', 'set', 'mltest0', 'up']);
    const { code, said } = await finished(start('up')).ended;
    expect(said).toMatch(/Addresses of the test bed are taken[^]*10\.96\.77\.0\/24 dev mltest0/);
    expect(code).toBe(1);
    expect(await run('ip', ['addr', 'show', 'mltest0'])).toContain('10.96.77.1/24');
  } finally {
    await run('ip', ['link', 'del', 'mltest0']);
  }
});

test('a start that is under way is not disturbed; one that was killed is cleared away by the next', async () => {
  const first = finished(start('up'));
  await until('the first start has made its node', 60_000, () => exists(join(layout.state, 'init.json')));
  const second = await finished(start('up')).ended;
  expect(second.said).toContain(`Another process (${first.child.pid ?? 0}) is bringing the node up.`);
  expect(second.code).toBe(1);
  const ending = await finished(start('down')).ended;
  expect([ending.code, ending.said.includes('is bringing the node up')]).toEqual([1, true]);
  first.child.kill('SIGKILL');
  await first.ended;
  const third = await finished(start('up')).ended;
  expect(third.said).toContain('what an earlier run left was removed');
  expect(third.code).toBe(0);
  const again = await finished(start('up')).ended;
  expect([again.code, again.said.includes('the node is up already')]).toEqual([0, true]);
});
