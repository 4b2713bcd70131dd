import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect as tcpConnect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { authority, base64, config, workspaceForEach } from './connection.test-helper.ts';
import { connect } from './connection.ts';
import { httpKubeApi } from './http-api.ts';
import { failure, json, type Received, TEST_CERT, TEST_KEY } from './loopback.test-helper.ts';

const { path, write, serve, ask, closeAfter } = workspaceForEach();

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
    const server = await serve(false, (request, response) =>
      request.headers.authorization === 'Bearer two' ? response.end('ok') : json(response, 401, failure(401, 'no')),
    );
    const tokenFile = await write('token', 'one\n');
    const kubeconfig = await write('config', config(server.url, { tokenFile: 'token', token: 'static' }));
    const connection = await connect({ kubeconfig });
    const api = closeAfter(httpKubeApi(connection));
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
    const inCluster = { host: hostname, port, serviceAccountDir: path('sa') };
    const connection = await connect({ inCluster, home: path() });
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
    closeAfter({ close: async () => void proxy.close() });
    const address = proxy.address();
    const proxyUrl = `http://127.0.0.1:${String(address && typeof address === 'object' ? address.port : 0)}`;
    const cluster = { 'proxy-url': proxyUrl, ...authority };
    const kubeconfig = await write('config', config(server.url, { token: 't' }, cluster));
    expect((await ask(server, { kubeconfig }))?.headers.authorization).toBe('Bearer t');
    const api = closeAfter(httpKubeApi(await connect({ kubeconfig })));
    const forwarded = api.forwardedRequest({ namespace: 'a', pod: 'b', port: 1 }, '/');
    await expect(forwarded).rejects.toMatchObject({ status: 200 });
    expect(server.received.at(-1)?.url).toBe('/api/v1/namespaces/a/pods/b/portforward?ports=1');
    const { host } = new URL(server.url);
    expect(through).toEqual([host, host]);
  });
});
