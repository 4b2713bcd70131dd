import { once } from 'node:events';
import { connect, type ServerHttp2Stream } from 'node:http2';
import { expect, test } from 'vitest';
import { H2Side } from './h2-server.ts';
import { listen } from './listener.ts';

test('says goodbye with the last stream that has come, and waits until it is answered and the client has left', async () => {
  const streams: ServerHttp2Stream[] = [];
  const side = new H2Side((stream) => streams.push(stream));
  const listener = await listen((socket) => side.take(socket));
  const client = connect(`http://127.0.0.1:${listener.port}`);
  const told: number[] = [];
  client.on('goaway', (_code, lastStreamId) => told.push(lastStreamId));
  const request = client.request({ ':path': '/' });
  while (streams.length === 0) await new Promise<void>((resolve) => void setImmediate(resolve));
  let left = false;
  const gone = new Promise<void>((resolve) => {
    side.sayGoodbye(() => {
      left = true;
      resolve();
    });
  });
  while (told.length === 0) await new Promise<void>((resolve) => void setImmediate(resolve));
  expect(told[0]).toBe(1);
  // The stream that has come is still answered, and only then the client leaves.
  expect(left).toBe(false);
  streams[0]?.respond({ ':status': 200 }, { endStream: true });
  request.resume();
  await Promise.all([once(request, 'close'), gone]);
  listener.destroy();
});
