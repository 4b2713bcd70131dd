/** A loopback API server for the tests of this room. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { KubeObject, ResourceType } from './api.ts';
import type { Connection } from './connection.ts';

/** Core pods. */
export const PODS: ResourceType = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
/** Deployments of apps/v1. */
export const DEPLOYMENTS: ResourceType = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
};

/** A request as it arrived. */
export interface Received {
  readonly method: string;
  /** Path with query. */
  readonly url: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Name, value, name, value… as on the wire. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** Common name of the client certificate; undefined without one. */
  readonly clientName: string | undefined;
}

/** A running server. */
export interface Loopback {
  readonly url: string;
  readonly received: readonly Received[];
  readonly server: Server;
  close(): Promise<void>;
}

/** Answers one request; `index` counts from 0. */
export type Handler = (request: Received, response: ServerResponse, index: number) => void;

/** Certificate of 127.0.0.1 and api.test, its own authority, for servers and clients; used nowhere but in tests. */
export const TEST_CERT = `-----BEGIN CERTIFICATE-----
MIIBmDCCAT6gAwIBAgIUcNZe7YpO4esyrEDcbm3wbD6mYHIwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIbG9vcGJhY2swIBcNMjYxMTIxMDQ1NTI5WhgPMjEyNjEwMjgw
NDU1MjlaMBMxETAPBgNVBAMMCGxvb3BiYWNrMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEtGGA3rdQtgb49VUuypTdLIdHgMAQ27q6e0nnGlNSvwm7spmxJZm0jZG0
yn6+BZS9the8pXlf+pnNh1pyTwa/F6NuMGwwHQYDVR0OBBYEFJTA1jwV0AfQfs2b
fqss2BEA86d/MB8GA1UdIwQYMBaAFJTA1jwV0AfQfs2bfqss2BEA86d/MBkGA1Ud
EQQSMBCHBH8AAAGCCGFwaS50ZXN0MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0E
AwIDSAAwRQIgYFGLBZqK9rSzz61Auj4Z2Ys1+lPunzp5LYxjtq8FkXQCIQCmrsW1
QfGEBrJ1LlAvMgSY3bk06O4ZT4kCEG5LYGddBQ==
-----END CERTIFICATE-----
`;
/** Key of TEST_CERT. */
export const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLuuQEajdXEHbVtSN
YozGpU42AE4Yj6l41Qi4OEmTTDmhRANCAAS0YYDet1C2Bvj1VS7KlN0sh0eAwBDb
urp7SecaU1K/CbuymbElmbSNkbTKfr4FlL22F7yleV/6mc2HWnJPBr8X
-----END PRIVATE KEY-----
`;

/** Starts a server on a free port of 127.0.0.1; with `tls` it asks for client certificates of TEST_CERT's authority. */
export async function loopback(handler: Handler, tls = false): Promise<Loopback> {
  const received: Received[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const arrived = describe(request, Buffer.concat(chunks).toString('utf8'));
      received.push(arrived);
      handler(arrived, response, received.length - 1);
    });
  };
  const secure = { cert: TEST_CERT, key: TEST_KEY, ca: TEST_CERT, requestCert: true, rejectUnauthorized: false };
  const server = tls ? createTlsServer(secure, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${String(port)}`,
    received,
    server,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function describe(request: IncomingMessage, body: string): Received {
  const url = request.url ?? '';
  const { socket } = request;
  const peer: unknown = 'getPeerCertificate' in socket ? (socket as TlsLike).getPeerCertificate() : undefined;
  const name = (peer as { subject?: { CN?: string } } | undefined)?.subject?.CN;
  return {
    method: request.method ?? '',
    url,
    query: new URL(url, 'http://loopback').searchParams,
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body,
    clientName: name,
  };
}

interface TlsLike {
  getPeerCertificate(): unknown;
}

/** Answers with JSON. */
export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Body of a refusal, as the API server sends it. */
export function failure(code: number, message: string, details: unknown = {}): Record<string, unknown> {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code, details };
}

/** A pod as an item of a list has it: without its kind. */
export function pod(name: string, resourceVersion = '1'): KubeObject {
  return { metadata: { name, namespace: 'shop', resourceVersion }, spec: { nodeName: 'n1' } };
}

/** A connection without credentials. */
export function plainConnection(server: string, more: Partial<Connection> = {}): Connection {
  return {
    context: 'test',
    cluster: 'test',
    server,
    proxyUrl: undefined,
    credentials: async () => ({ headers: {}, tls: {} }),
    forgetCredentials: () => undefined,
    ...more,
  };
}
