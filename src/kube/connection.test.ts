import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect as tcpConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, type ConnectOptions } from './connection.ts';
import { httpKubeApi } from './http-api.ts';
import { failure, json, type Loopback, loopback, type Received, TEST_CERT, TEST_KEY } from './loopback.test-helper.ts';

const open: { close(): Promise<void> }[] = [];
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshlift-kube-'));
});
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
  await rm(folder, { recursive: true, force: true });
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

async function write(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** A kubeconfig with one context `name` for the server. */
function config(server: string, user: unknown = {}, cluster: Record<string, unknown> = {}, name = 'main') {
  return {
    'current-context': name,
    clusters: [{ name, cluster: { server, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
}

async function serve(tls = false): Promise<Loopback> {
  const server = await loopback((_, response) => response.end('ok'), tls);
  open.push(server);
  return server;
}

/** Connects and sends one request; gives what arrived. */
async function ask(server: Loopback, options: ConnectOptions): Promise<Received | undefined> {
  const api = httpKubeApi(await connect(options), { requestTimeoutMs: 5_000, backoffMs: 2 });
  open.push(api);
  await api.getRaw('/version');
  return server.received.at(-1);
}

describe('credentials that arrive', () => {
  it('a token, over plain http, below a path', async () => {
    const server = await serve();
    const kubeconfig = await write('config', config(`${server.url}/clusters/c1/`, { token: 'secret' }));
    const request = await ask(server, { kubeconfig });
    expect(request?.headers.authorization).toBe('Bearer secret');
    expect(request?.url).toBe('/clusters/c1/version');
  });

  it('a client certificate, by data and by files beside the kubeconfig', async () => {
    const server = await serve(true);
    const byData = { 'client-certificate-data': base64(TEST_CERT), 'client-key-data': base64(TEST_KEY) };
    const authority = { 'certificate-authority-data': base64(TEST_CERT) };
    const first = await write('data', config(server.url, byData, authority));
    expect((await ask(server, { kubeconfig: first }))?.clientName).toBe('loopback');
    await write('pki/cert.pem', TEST_CERT);
    await write('pki/key.pem', TEST_KEY);
    const byFile = { 'client-certificate': 'pki/cert.pem', 'client-key': 'pki/key.pem' };
    const second = await write('files', config(server.url, byFile, { 'certificate-authority': 'pki/cert.pem' }));
    expect((await ask(server, { kubeconfig: second }))?.clientName).toBe('loopback');
  });

  it('the server is checked, also without a user, unless told otherwise or under another name', async () => {
    const server = await serve(true);
    const authority = { 'certificate-authority-data': base64(TEST_CERT) };
    const withoutUser = {
      ...config(server.url, {}, authority),
      users: [],
      contexts: [{ name: 'main', context: { cluster: 'main' } }],
    };
    expect(await ask(server, { kubeconfig: await write('a', withoutUser) })).toBeDefined();
    const unchecked = config(server.url, {}, { 'insecure-skip-tls-verify': true });
    expect(await ask(server, { kubeconfig: await write('b', unchecked) })).toBeDefined();
    const named = config(server.url, {}, { ...authority, 'tls-server-name': 'api.test' });
    expect(await ask(server, { kubeconfig: await write('c', named) })).toBeDefined();
    const wrong = config(server.url, {}, { ...authority, 'tls-server-name': 'other.test' });
    const refused = ask(server, { kubeconfig: await write('d', wrong) });
    await expect(refused).rejects.toMatchObject({ errorClass: 'Transient' });
    await expect(ask(server, { kubeconfig: await write('e', config(server.url)) })).rejects.toThrow('TLS failed');
  });

  it('a token file without its newline, read again after 401, before a token', async () => {
    const server = await loopback((request, response) =>
      request.headers.authorization === 'Bearer two' ? response.end('ok') : json(response, 401, failure(401, 'no')),
    );
    open.push(server);
    const tokenFile = await write('token', 'one\n');
    const kubeconfig = await write('config', config(server.url, { tokenFile: 'token', token: 'static' }));
    const connection = await connect({ kubeconfig });
    const api = httpKubeApi(connection);
    open.push(api);
    expect((await connection.credentials()).headers['authorization']).toBe('Bearer one');
    await writeFile(tokenFile, 'two\n');
    await api.getRaw('/version');
    expect(server.received.map((request) => request.headers.authorization)).toEqual(['Bearer one', 'Bearer two']);
  });

  it('basic authentication', async () => {
    const server = await serve();
    const kubeconfig = await write('config', config(server.url, { username: 'u', password: 'p' }));
    expect((await ask(server, { kubeconfig }))?.headers.authorization).toBe(`Basic ${base64('u:p')}`);
  });

  it('impersonation, one header line a group, from the options before the kubeconfig', async () => {
    const server = await serve();
    const kubeconfig = await write('config', config(server.url, { token: 't', as: 'file', 'as-groups': ['g1', 'g2'] }));
    const lines = (request: Received | undefined) =>
      (request?.rawHeaders ?? []).flatMap((name, index, all) =>
        index % 2 === 0 && name.startsWith('impersonate') ? [`${name}=${all[index + 1] ?? ''}`] : [],
      );
    expect(lines(await ask(server, { kubeconfig }))).toEqual([
      'impersonate-user=file',
      'impersonate-group=g1',
      'impersonate-group=g2',
    ]);
    expect(lines(await ask(server, { kubeconfig, asUser: 'me', asGroups: ['a', 'b'] }))).toEqual([
      'impersonate-user=me',
      'impersonate-group=a',
      'impersonate-group=b',
    ]);
  });

  it('the service account of a pod', async () => {
    const server = await serve(true);
    await write('sa/token', 'sa-token');
    await write('sa/ca.crt', TEST_CERT);
    const { hostname, port } = new URL(server.url);
    const inCluster = { host: hostname, port, serviceAccountDir: join(folder, 'sa') };
    const connection = await connect({ inCluster, home: folder });
    expect(connection.context).toBe('in-cluster');
    expect((await ask(server, { inCluster }))?.headers.authorization).toBe('Bearer sa-token');
  });

  it('by way of a proxy', async () => {
    const server = await serve(true);
    const through: string[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      through.push(request.url ?? '');
      const { hostname, port } = new URL(`http://${request.url ?? ''}`);
      const upstream = tcpConnect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      const end = () => void (socket.destroy(), upstream.destroy());
      for (const side of [socket, upstream]) side.on('error', end).on('close', end);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    open.push({ close: async () => void proxy.close() });
    const address = proxy.address();
    const proxyUrl = `http://127.0.0.1:${String(address && typeof address === 'object' ? address.port : 0)}`;
    const cluster = { 'proxy-url': proxyUrl, 'certificate-authority-data': base64(TEST_CERT) };
    const kubeconfig = await write('config', config(server.url, { token: 't' }, cluster));
    expect((await ask(server, { kubeconfig }))?.headers.authorization).toBe('Bearer t');
    const api = httpKubeApi(await connect({ kubeconfig }));
    open.push(api);
    const forwarded = api.forwardedRequest({ namespace: 'a', pod: 'b', port: 1 }, '/');
    await expect(forwarded).rejects.toMatchObject({ status: 200 });
    expect(server.received.at(-1)?.url).toBe('/api/v1/namespaces/a/pods/b/portforward?ports=1');
    const { host } = new URL(server.url);
    expect(through).toEqual([host, host]);
  });
});

describe('credential plugins', () => {
  const exec = (script: string, more: Record<string, unknown> = {}) => ({
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', script], ...more },
  });
  const prints = (status: unknown) => `console.log(JSON.stringify({status: ${JSON.stringify(status)}}))`;

  it('give a token, once for requests at the same time', async () => {
    const server = await serve();
    const runs = join(folder, 'runs');
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
    const authority = { 'certificate-authority-data': base64(TEST_CERT) };
    const kubeconfig = await write('config', config(server.url, user, authority));
    expect((await ask(server, { kubeconfig }))?.clientName).toBe('loopback');
  });

  it('are found beside the kubeconfig', async () => {
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './bin/login' } };
    const connection = await connect({ kubeconfig: await write('config', config('http://127.0.0.1:1', user)) });
    await expect(connection.credentials()).rejects.toMatchObject({
      errorClass: 'Blocked',
      message: expect.stringContaining(join(folder, 'bin/login')) as string,
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

describe('OIDC', () => {
  const jwt = (exp: number) => `${base64('{"alg":"none"}')}.${base64(JSON.stringify({ exp }))}.x`;
  const oidc = (token: string, more = {}) => ({
    'auth-provider': { name: 'oidc', config: { 'id-token': token, 'client-id': 'c', ...more } },
  });

  it('sends a token that is valid', async () => {
    const server = await serve();
    const token = jwt(Date.now() / 1000 + 3_600);
    const kubeconfig = await write('config', config(server.url, oidc(token)));
    expect((await ask(server, { kubeconfig }))?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it('is Blocked when the token cannot be refreshed', async () => {
    const user = oidc(jwt(1), { 'refresh-token': 'r', 'idp-issuer-url': 'http://127.0.0.1:1' });
    const connection = await connect({ kubeconfig: await write('config', config('http://127.0.0.1:1', user)) });
    await expect(connection.credentials()).rejects.toMatchObject({ errorClass: 'Blocked', remedy: 'Log in again.' });
  });
});

describe('which configuration', () => {
  it('merges the files of KUBECONFIG, the first of a name wins, missing ones do not count', async () => {
    const one = await write('one', config('http://one:1', {}, {}, 'shared'));
    const other = config('http://three:1', { token: 'third' }, {}, 'other');
    const hidden = config('http://two:1', {}, {}, 'shared');
    const two = await write('two', { ...other, clusters: [...hidden.clusters, ...other.clusters] });
    const kubeconfigEnv = [join(folder, 'absent'), one, two].join(delimiter);
    expect(await connect({ kubeconfigEnv })).toMatchObject({ context: 'shared', server: 'http://one:1' });
    const connection = await connect({ kubeconfigEnv, context: 'other' });
    expect(connection).toMatchObject({ cluster: 'other', server: 'http://three:1' });
    expect((await connection.credentials()).headers['authorization']).toBe('Bearer third');
  });

  it('takes the named file before KUBECONFIG, and that before the home', async () => {
    const named = await write('named', config('http://named:1'));
    const listed = await write('listed', config('http://listed:1'));
    await write('.kube/config', config('http://home:1'));
    const home = { home: folder };
    expect((await connect({ ...home, kubeconfig: named, kubeconfigEnv: listed })).server).toBe('http://named:1');
    expect((await connect({ ...home, kubeconfigEnv: listed })).server).toBe('http://listed:1');
    expect((await connect(home)).server).toBe('http://home:1');
  });

  it('lists the known contexts for an unknown one, and for none', async () => {
    const kubeconfig = await write('config', config('http://x:1'));
    await expect(connect({ kubeconfig, context: 'prod' })).rejects.toMatchObject({
      errorClass: 'InvalidInput',
      message: `There is no context prod in ${kubeconfig}.`,
      remedy: 'Name one of these with --context: main.',
    });
    const without = { ...config('http://x:1'), 'current-context': '' };
    await expect(connect({ kubeconfig: await write('config', without) })).rejects.toThrow('no current context');
  });

  it.each<[string, string, string]>([
    ['broken YAML', 'a: b\nc: d\nusers: {token: topsecret\nd: e\n', 'line 4'],
    ['a list', '- a\n', 'no mapping'],
    ['nothing', '', 'no mapping'],
    ['a cluster without server', 'clusters:\n- name: a\n  cluster: {}\n', 'server is missing'],
    ['a server that is no URL', JSON.stringify(config('nowhere')), 'no http or https URL'],
    ['an absent cluster', 'current-context: a\ncontexts:\n- name: a\n  context: {cluster: b}\n', 'cluster b'],
  ])('refuses %s and says where, without quoting it', async (_name, text, said) => {
    const kubeconfig = await write('config', text);
    const error: unknown = await connect({ kubeconfig }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ errorClass: 'InvalidInput', message: expect.stringContaining(said) as string });
    expect(String(error)).not.toContain('topsecret');
  });

  it('refuses missing files, no configuration at all, and groups without a user', async () => {
    const kubeconfig = join(folder, 'absent');
    await expect(connect({ kubeconfig })).rejects.toThrow(`Kubeconfig ${kubeconfig} does not exist.`);
    await expect(connect({ kubeconfigEnv: kubeconfig })).rejects.toMatchObject({ errorClass: 'InvalidInput' });
    await expect(connect({ home: folder })).rejects.toThrow('No kubeconfig was found.');
    await expect(connect({ asGroups: ['g'] })).rejects.toMatchObject({ errorClass: 'InvalidInput' });
  });

  it('says which credential file is missing', async () => {
    const user = { 'client-certificate': 'absent.pem' };
    const connection = await connect({ kubeconfig: await write('config', config('https://x:1', user)) });
    await expect(connection.credentials()).rejects.toMatchObject({
      errorClass: 'InvalidInput',
      message: expect.stringContaining('absent.pem') as string,
    });
  });
});
