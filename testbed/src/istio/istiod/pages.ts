import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Request } from './admission.ts';
import type { Hello, Proxies } from './proxies.ts';

/** Longest body that is read, in bytes: pods and Istio objects are far smaller. */
const maxBody = 4 << 20;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > maxBody) throw new RangeError('a body too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

/** A page: what to answer to a request with its body; undefined when it has answered itself. */
type Page = (body: string, request: IncomingMessage, response: ServerResponse) => string | object | undefined;

/** Serves pages by path; a failure is a 500 with its words. */
function serving(pages: Readonly<Record<string, Page>>): RequestListener {
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const page = pages[Object.keys(pages).find((known) => path === known || path.startsWith(`${known}/`)) ?? ''];
    if (page === undefined) return void response.writeHead(404).end('404 page not found\n');
    void bodyOf(request).then(
      (body) => reply(page, body, request, response),
      () => response.writeHead(400).end(),
    );
  };
}

function reply(page: Page, body: string, request: IncomingMessage, response: ServerResponse): void {
  try {
    const answer = page(body, request, response);
    if (answer === undefined) return;
    response.end(typeof answer === 'string' ? answer : `${JSON.stringify(answer, undefined, 2)}\n`);
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}

/** What istiod answers, by port. */
export interface Answers {
  readonly proxies: Proxies;
  readonly ready: () => boolean;
  readonly metrics: () => string;
  readonly version: () => string;
  /** The AdmissionReview to send back. */
  readonly inject: (request: Request) => object;
  readonly validate: (request: Request) => object;
}

/** /debug is for the pod itself; the API server's proxy takes tokens away. */
function debug(page: () => object): Page {
  return (_body, request, response) => {
    if (/^(::ffff:)?127\.0\.0\.1$/.test(request.socket.remoteAddress ?? '')) return page();
    response.writeHead(401).end('you do not have permission to access this page\n');
    return undefined;
  };
}

const asked = (body: string): Request => (JSON.parse(body) as { readonly request: Request }).request;

/** Handlers of the ports 8080, 15014 (monitoring), 15017 (webhooks) and 15012 (proxies). */
export function handlers(answers: Answers): Readonly<Record<8080 | 15014 | 15017 | 15012, RequestListener>> {
  const { proxies } = answers;
  const debugPages = {
    '/debug/syncz': debug(() => proxies.syncz()),
    '/debug/connections': debug(() => proxies.connections()),
  };
  return {
    8080: serving({
      ...debugPages,
      '/ready': (_body, _request, response) => {
        response.writeHead(answers.ready() ? 200 : 503);
        return '';
      },
    }),
    15014: serving({ ...debugPages, '/metrics': answers.metrics, '/version': answers.version }),
    15017: serving({
      '/inject': (body) => answers.inject(asked(body)),
      '/validate': (body) => answers.validate(asked(body)),
    }),
    15012: serving({
      '/standin/stream': (body, request, response) => {
        proxies.connect(JSON.parse(body) as Hello, response, request.socket.remoteAddress ?? '');
        return undefined;
      },
      '/standin/answer': (body) => {
        const { stream, nonce, error } = JSON.parse(body) as Record<'stream' | 'nonce', string> & { error?: string };
        proxies.answered(stream, nonce, error);
        return '';
      },
    }),
  };
}
