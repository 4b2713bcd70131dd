/**
 * A WebSocket of the API server's port-forward as a byte stream. Protocol v4.channel.k8s.io: the first byte of a message
 * is its channel, 0 for data and 1 for errors, and the first message of each channel is the port in two bytes
 * (k8s.io/kubelet/pkg/cri/streaming/portforward). v5 adds channel 255: the channel named in it is closed.
 */
import { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';

const DATA = 0;
const ERROR = 1;
const CLOSE = 255;
const PORT_BYTES = 2;

/** Protocols to offer, the preferred one first. */
export const CHANNEL_PROTOCOLS = ['v4.channel.k8s.io', 'v5.channel.k8s.io'];

/**
 * Bytes written go to the pod's port, bytes of the port are read. Text in the error channel destroys the stream with
 * `failed(text)`; so does an error of the socket, as it is. `socket` must be open.
 */
export function channelSocket(socket: WebSocket, failed: (text: string) => Error): Duplex {
  const portsSeen = new Set<number>();
  const stream = new Duplex({
    read: () => socket.resume(),
    write(chunk: Buffer, _encoding, done) {
      socket.send(Buffer.concat([Buffer.of(DATA), chunk]), (error) => done(error ?? null));
    },
    final(done) {
      // v4 has no half-close: closing here would cut off the answer.
      if (socket.protocol === 'v5.channel.k8s.io') socket.send(Buffer.of(CLOSE, DATA));
      done();
    },
    destroy(error, done) {
      socket.terminate();
      done(error);
    },
  });
  socket.on('message', (data) => receive(stream, socket, portsSeen, { bytes: bytesOf(data), failed }));
  socket.on('error', (error) => stream.destroy(error));
  socket.on('close', () => stream.push(null));
  return stream;
}

interface Message {
  readonly bytes: Buffer;
  readonly failed: (text: string) => Error;
}

function receive(stream: Duplex, socket: WebSocket, portsSeen: Set<number>, message: Message): void {
  const channel = message.bytes[0];
  if (channel === undefined) return;
  if (channel === CLOSE) {
    if (message.bytes[1] === DATA) stream.push(null);
    return;
  }
  const skipped = portsSeen.has(channel) ? 0 : PORT_BYTES;
  portsSeen.add(channel);
  const payload = message.bytes.subarray(1 + skipped);
  if (payload.length === 0) return;
  if (channel === ERROR) stream.destroy(message.failed(payload.toString('utf8').trim()));
  if (channel === DATA && !stream.push(payload)) socket.pause();
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
