import { judgeAnswer } from '../taxonomy.ts';
import type { Failure } from '../taxonomy.ts';
import type { ProbeClient, ProtocolContext } from './client.ts';
import { h2Headers } from './h2-link.ts';
import type { H2Answer } from './h2-link.ts';
import { createH2Pool } from './h2-pool.ts';

/** HTTP/2 requests, many at once over each connection. */
export function h2Client(context: ProtocolContext): ProbeClient {
  const pool = createH2Pool(context);
  const headers = h2Headers(context, context.request.method, context.target.path);
  return {
    send: (settle, onResend) => {
      const onDone = (result: H2Answer | Failure): void => {
        if ('kind' in result) return settle(result);
        settle(judgeAnswer(context.request, result.status, result.headers, result.body.toString()));
      };
      return pool.send({ headers }, { onDone, onResend });
    },
    close: () => pool.close(),
  };
}
