import { createServer, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { PodPort } from '../../src/kube/api.ts';
import type { PortReply } from '../api/ports.ts';
import { badRequest, unknownResource } from '../store/failure.ts';
import { textAt } from '../store/json.ts';
import { failureAnswer } from './answer.ts';
import type { Door } from './door.ts';
import { isNamed, placeOf, refOf } from './place.ts';
import { targetOf } from './request.ts';

/** Protocols in the order of preference. v5 tells that one direction has ended; v4 can only close the socket. */
const protocols: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const closeChannel = 255;

/** Takes the upgrade requests of an HTTP server. */
export interface PortForwards {
  /** Opens a port-forward, or answers the request with a Status and closes the connection. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Cuts every open port-forward off. */
  close(): void;
}

/** Port-forwards to the pods of a cluster; bytes are read as HTTP/1.1, which is all that its ports answer. */
export function portForwards(door: Door): PortForwards {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: (offered) => protocols.find((protocol) => offered.has(protocol)) ?? false,
  });
  return {
    upgrade(request, socket, head) {
      try {
        const targets = targetsOf(door, request);
        sockets.handleUpgrade(request, socket, head, (webSocket) => {
          webSocket.on('error', () => webSocket.terminate());
          let open = targets.length;
          // v4 has no half-close: the socket ends with the last of its ports.
          const ended = () => {
            open -= 1;
            if (open === 0) webSocket.close();
          };
          targets.forEach((to, index) => forward(door, { socket: webSocket, channel: index * 2, ended }, to));
        });
      } catch (error) {
        refuse(socket, error);
      }
    },
    close() {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
    },
  };
}

/** Channel pairs follow the order of the ports. @throws ApiFailure 400, 404 */
function targetsOf(door: Door, request: IncomingMessage): readonly PodPort[] {
  const { path, query } = targetOf(request);
  const place = placeOf(door.store.kinds(), path);
  if (!place || !isNamed(place) || place.kind.plural !== 'pods' || place.subresource !== 'portforward') {
    throw unknownResource();
  }
  const pod = door.store.get(refOf(place));
  const phase = textAt(pod, 'status', 'phase') ?? 'Unknown';
  if (phase !== 'Running')
    throw badRequest(`unable to forward port because pod is not running. Current status=${phase}`);
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  if (!offered.some((protocol) => protocols.includes(protocol))) {
    throw badRequest(`port-forward is served over WebSockets with protocol ${protocols.join(' or ')} only`);
  }
  const ports = query.getAll('ports').flatMap((text) => text.split(','));
  if (ports.length === 0 || ports.length > 100)
    throw badRequest('query parameter "ports" is required, up to 100 times');
  return ports.map((text) => ({ namespace: place.namespace ?? '', pod: place.name, port: portNumber(text) }));
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw badRequest(`unable to parse ${JSON.stringify(text)} as a port`);
  return port;
}

function refuse(socket: Duplex, error: unknown): void {
  const { status, contentType, body } = failureAnswer(error);
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-type: ${contentType}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** One port of a WebSocket: data on channel `channel`, errors on the next. */
interface Channel {
  readonly socket: WebSocket;
  readonly channel: number;
  /** Told once, when the pod's side has ended. */
  readonly ended: () => void;
}

/** Serves one port. The first message of each channel tells the port. */
function forward(door: Door, { socket, channel, ended }: Channel, to: PodPort): void {
  const portBytes = [to.port & 0xff, to.port >> 8];
  socket.send(Buffer.of(channel, ...portBytes));
  socket.send(Buffer.of(channel + 1, ...portBytes));
  const stream = channelStream({ socket, channel, ended });
  const fail = (text: string) => {
    socket.send(Buffer.concat([Buffer.of(channel + 1), Buffer.from(text)]), () => socket.close());
  };
  const inPod = createServer((request, response) => {
    serveInPod(door, to, request, response).then(
      (error) => error !== undefined && fail(`an error occurred forwarding ${to.port}: ${error}`),
      (error: unknown) => fail(`error forwarding port ${to.port}: ${String(error)}`),
    );
  });
  inPod.emit('connection', stream);
}

/** @returns why nobody answered, undefined when somebody did */
async function serveInPod(
  door: Door,
  to: PodPort,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<string | undefined> {
  const { method } = request;
  request.resume();
  if (method !== 'GET' && method !== 'POST') {
    response.writeHead(405).end();
    return undefined;
  }
  const reply: PortReply = await door.ports.call({ to, path: request.url ?? '/', method, via: 'port-forward' });
  if (reply.kind === 'refused') return reply.error;
  response.writeHead(reply.status, { 'content-type': 'text/plain; charset=utf-8' }).end(reply.body);
  return undefined;
}

function channelStream({ socket, channel, ended }: Channel): Duplex {
  const stream = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      socket.send(Buffer.concat([Buffer.of(channel), chunk]), (error) => done(error ?? null));
    },
    final(done) {
      if (socket.protocol === 'v5.channel.k8s.io') socket.send(Buffer.of(closeChannel, channel));
      ended();
      done();
    },
  });
  socket.on('message', (data) => {
    const bytes = bytesOf(data);
    if (bytes[0] === closeChannel && bytes[1] === channel) stream.push(null);
    else if (bytes[0] === channel && bytes.length > 1) stream.push(bytes.subarray(1));
  });
  socket.on('close', () => stream.destroy());
  stream.on('error', () => stream.destroy());
  return stream;
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
