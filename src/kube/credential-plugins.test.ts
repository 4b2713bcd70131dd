import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { authority, config, workspaceForEach } from './connection.test-helper.ts';
import { connect } from './connection.ts';
import { TEST_CERT, TEST_KEY } from './loopback.test-helper.ts';

const { path, write, serve, ask } = workspaceForEach();

describe('credential plugins', () => {
  const exec = (script: string, more: Record<string, unknown> = {}) => ({
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', script], ...more },
  });
  const prints = (status: unknown) => `console.log(JSON.stringify({status: ${JSON.stringify(status)}}))`;

  it('give a token, once for requests at the same time', async () => {
    const server = await serve();
    const runs = path('runs');
    const script = `require('fs').appendFileSync(${JSON.stringify(runs)}, 'x'); ${prints({ token: 'plugged' })}`;
    const connection = await connect({ kubeconfig: await write('config', config(server.url, exec(script))) });
    const both = await Promise.all([connection.credentials(), connection.credentials()]);
    expect(both.map(({ headers }) => headers['authorization'])).toEqual(['Bearer plugged', 'Bearer plugged']);
    expect(await readFile(runs, 'utf8')).toBe('x');
    connection.forgetCredentials();
    await connection.credentials();
    expect(await readFile(runs, 'utf8')).toBe('xx');
  });

  it('give a client certificate, and read their API version', async () => {
    const server = await serve(true);
    const script = `const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
      if (info.apiVersion !== 'client.authentication.k8s.io/v1' || !info.spec.cluster.server) process.exit(9);
      ${prints({ clientCertificateData: TEST_CERT, clientKeyData: TEST_KEY })}`;
    const user = exec(script, { provideClusterInfo: true });
    const kubeconfig = await write('config', config(server.url, user, authority));
    expect((await ask(server, { kubeconfig }))?.clientName).toBe('loopback');
  });

  it('are found beside the kubeconfig', async () => {
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './bin/login' } };
    const connection = await connect({ kubeconfig: await write('config', config('http://127.0.0.1:1', user)) });
    await expect(connection.credentials()).rejects.toMatchObject({
      errorClass: 'Blocked',
      message: expect.stringContaining(path('bin/login')) as string,
    });
  });

  it.each<[string, unknown, string]>([
    ['missing', { exec: { command: 'no-such-plugin-here', installHint: 'Install it from there.' } }, 'ENOENT'],
    [
      'failing',
      exec(`console.error('warning'); console.error('session expired.'); process.exit(3)`),
      'session expired',
    ],
    ['talking nonsense', exec(`console.log('hello')`), 'JSON'],
    ['without status', exec(`console.log('{}')`), 'failed'],
  ])('%s are Blocked, with their last line', async (_name, user, said) => {
    const connection = await connect({ kubeconfig: await write('config', config('http://127.0.0.1:1', user)) });
    await expect(connection.credentials()).rejects.toMatchObject({
      errorClass: 'Blocked',
      object: 'user main',
      message: expect.stringContaining(said) as string,
    });
  });

  it('that hang are Blocked', async () => {
    const user = exec('setTimeout(() => {}, 2000)');
    const kubeconfig = await write('config', config('http://127.0.0.1:1', user));
    const connection = await connect({ kubeconfig, requestTimeoutMs: 50 });
    await expect(connection.credentials()).rejects.toThrow('no answer within 0.05 s');
  });
});
