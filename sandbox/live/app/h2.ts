import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { askedMs, type Answer } from './http1.ts';

/** A gRPC message of no bytes: flag and length (gRPC over HTTP/2, Length-Prefixed-Message). */
const emptyMessage = Buffer.alloc(5);

/** HTTP/2, and gRPC: unary calls answer an empty message, methods named Watch… stream and stay open. */
export class GrpcAndH2 {
  readonly #name: string;
  readonly #answer: Answer;
  readonly #streams = new Set<ServerHttp2Stream>();

  constructor(name: string, answer: Answer) {
    this.#name = name;
    this.#answer = answer;
  }

  serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const path = headers[':path'];
    stream.resume();
    const cancel = this.#answer(askedMs(path), () => {
      if (stream.destroyed) return;
      if (!headers['content-type']?.startsWith('application/grpc')) return this.#text(stream);
      this.#call(stream, /\/Watch\w*$/.test(path ?? ''));
    });
    stream.on('close', cancel);
  }

  /** Ends open gRPC streams with status OK. */
  sayGoodbye(): void {
    for (const stream of this.#streams) stream.end();
  }

  #text(stream: ServerHttp2Stream): void {
    stream.respond({ ':status': 200, 'content-type': 'text/plain' });
    stream.end(`${this.#name}\n`);
  }

  #call(stream: ServerHttp2Stream, streams: boolean): void {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    if (!streams) return void stream.end(emptyMessage);
    this.#streams.add(stream);
    stream.on('close', () => this.#streams.delete(stream));
    stream.write(emptyMessage);
  }
}
