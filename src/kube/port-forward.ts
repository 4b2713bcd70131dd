/** HTTP to a port of a pod, by way of the API server: port-forward, and the pod and service proxy. */
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { MeshliftError, Transient } from '../errors.ts';
import type { CallOptions, ForwardOptions, KubeApi, PodPort, PortAnswer } from './api.ts';
import { CHANNEL_PROTOCOLS, channelSocket } from './channel-socket.ts';
import type { Credentials } from './credentials.ts';
import { withDeadline } from './deadline.ts';
import { type Attempt, connectionError, type RawAnswer, readStatus, statusError } from './status-error.ts';
import type { Transport } from './transport.ts';

/** See `KubeApi.forwardedRequest`. It is not tried again: the caller knows whether the request may be repeated. */
export async function forwardedRequest(
  transport: Transport,
  to: PodPort,
  path: string,
  options: ForwardOptions,
): Promise<PortAnswer> {
  const target = `Pod ${to.namespace}/${to.pod}`;
  const attempt: Attempt = {
    verb: options.method === 'POST' ? 'post' : 'get',
    object: `port ${String(to.port)}${path} of ${target}`,
    right: 'get and create pods/portforward',
    server: transport.connection.server,
  };
  const deadlineMs = options.deadlineMs ?? transport.requestTimeoutMs;
  const limits = {
    signal: options.signal,
    deadlineMs,
    // Not connectionError: it is the pod that is silent, and the API server may be fine.
    onTimeout: () =>
      new Transient(`Cannot ${attempt.verb} ${attempt.object}: no answer within ${String(deadlineMs)} ms.`, {
        object: target,
        remedy: `Look at the pod: kubectl -n ${to.namespace} describe pod ${to.pod}`,
      }),
    what: `${attempt.verb} ${attempt.object}`,
  };
  return withDeadline(limits, async (signal) => {
    const socket = await openWithFreshCredentials(transport, to, attempt, signal);
    const failed = (text: string) =>
      new Transient(`Cannot ${attempt.verb} ${attempt.object}: ${text}.`, {
        object: target,
        remedy: 'Check that the pod runs and listens on the port.',
      });
    const stream = channelSocket(socket, failed);
    const onAbort = () => stream.destroy();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await requestOver(stream, to.port, path, options);
    } catch (error) {
      throw error instanceof MeshliftError ? error : connectionError(error, attempt, true);
    } finally {
      stream.destroy();
    }
  });
}

async function openWithFreshCredentials(transport: Transport, to: PodPort, attempt: Attempt, signal: AbortSignal) {
  const { connection } = transport;
  try {
    return await open(transport, await connection.credentials(), to, { attempt, signal });
  } catch (error) {
    if (!(error instanceof MeshliftError) || error.status !== 401) throw error;
    connection.forgetCredentials();
    return open(transport, await connection.credentials(), to, { attempt, signal });
  }
}

interface Opening {
  readonly attempt: Attempt;
  readonly signal: AbortSignal;
}

async function open(
  transport: Transport,
  credentials: Credentials,
  to: PodPort,
  { attempt, signal }: Opening,
): Promise<WebSocket> {
  const { WebSocket: Socket } = await import('ws');
  const { server, proxyUrl } = transport.connection;
  const pod = `/api/v1/namespaces/${encodeURIComponent(to.namespace)}/pods/${encodeURIComponent(to.pod)}`;
  const url = `${server.replace(/^http/, 'ws')}${pod}/portforward?ports=${String(to.port)}`;
  const socket = new Socket(url, CHANNEL_PROTOCOLS, {
    ...credentials.tls,
    headers: { ...credentials.headers, 'user-agent': transport.userAgent },
    perMessageDeflate: false,
    maxPayload: 0,
    ...(proxyUrl && credentials.agent ? { agent: credentials.agent } : {}),
  });
  await opened(socket, attempt, signal);
  return socket;
}

async function opened(socket: WebSocket, attempt: Attempt, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => socket.terminate();
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('open', () => {
      signal.removeEventListener('abort', onAbort);
      // Messages may follow the handshake in the same packet: none may be missed before the stream listens.
      socket.pause();
      resolve();
    });
    socket.once('unexpected-response', (request, response) => {
      refusal(request, response, attempt).then(reject, reject);
    });
    socket.on('error', (error) => reject(connectionError(error, attempt, false)));
    if (signal.aborted) onAbort();
  });
}

async function refusal(request: ClientRequest, response: IncomingMessage, attempt: Attempt): Promise<MeshliftError> {
  const body = await readText(response);
  request.destroy();
  const retryAfter = response.headers['retry-after'];
  return statusError({ status: response.statusCode ?? 0, retryAfter, body }, attempt);
}

async function requestOver(
  stream: Duplex,
  port: number,
  path: string,
  { method = 'GET', onBody }: ForwardOptions,
): Promise<PortAnswer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest({
      createConnection: () => stream,
      method,
      path,
      headers: { host: `localhost:${String(port)}`, connection: 'close' },
    });
    request.once('response', resolve);
    request.once('error', reject);
    request.end();
  });
  const status = response.statusCode ?? 0;
  if (onBody === undefined || status !== 200) return { status, body: await readText(response) };
  for await (const chunk of response) onBody(chunk as Buffer);
  return { status, body: '' };
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** See `KubeApi.proxyGet`. Failures of the API server itself are errors; what the port answers is an answer. */
export async function proxyGet(
  transport: Transport,
  to: Parameters<KubeApi['proxyGet']>[0],
  path: string,
  options: CallOptions,
): Promise<PortAnswer> {
  const place = `/api/v1/namespaces/${encodeURIComponent(to.namespace)}/${to.kind}`;
  const port = `${encodeURIComponent(to.name)}:${String(to.port)}`;
  const answer = await transport.call({
    method: 'GET',
    path: `${place}/${port}/proxy/${path.replace(/^\//, '')}`,
    accept: '*/*',
    attempt: {
      verb: 'get',
      object: `port ${String(to.port)}${path} of ${to.kind === 'pods' ? 'Pod' : 'Service'} ${to.namespace}/${to.name}`,
      right: `get ${to.kind}/proxy`,
      server: transport.connection.server,
    },
    signal: options.signal,
    deadlineMs: options.deadlineMs,
    accepts: isFromPort,
  });
  return { status: answer.status, body: answer.body.toString('utf8') };
}

/** The API server speaks of itself with a metav1.Status, also when nothing answers at the port. */
function isFromPort(raw: RawAnswer): boolean {
  return readStatus(raw.body) === undefined && raw.status !== 401;
}
