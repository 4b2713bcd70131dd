import { judgeAnswer } from '../taxonomy.ts';
import type { ProbeClient, ProtocolContext } from './client.ts';
import { createH2Pool, h2Exchange, h2Headers } from './h2-pool.ts';

/** HTTP/2 requests, many at once over each connection. */
export function h2Client(context: ProtocolContext): ProbeClient {
  const pool = createH2Pool(context);
  const headers = h2Headers(context, context.request.method, context.target.path);
  return {
    send: (settle) =>
      h2Exchange(pool.pick(), headers, undefined, (result) => {
        if ('kind' in result) return settle(result);
        settle(judgeAnswer(context.request, result.status, result.headers, result.body.toString()));
      }),
    close: () => pool.close(),
  };
}
