import type { PortCaller, PortReply, PortRequest } from '../../api/ports.ts';
import type { Istiod, Istiods } from './istiods.ts';
import { metricsText, versionText, type MetricsFacts } from './metrics.ts';
import { isReady } from './pod-state.ts';
import { connections, syncz, type View } from './syncz.ts';

/** What istiod's ports tell. */
export interface PortsOptions {
  readonly istiods: Pick<Istiods, 'at'>;
  readonly view: () => View;
  readonly facts: () => MetricsFacts;
}

/** /debug is for the pod itself or a token, and the API server's proxy takes the token away. */
const refusedDebug: PortReply = {
  kind: 'answered',
  status: 401,
  body: 'you do not have permission to access this page\n',
};
const missing: PortReply = { kind: 'answered', status: 404, body: '404 page not found\n' };
const ok = (body: string): PortReply => ({ kind: 'answered', status: 200, body });

type Page = (istiod: Istiod, options: PortsOptions) => PortReply;

const debug: Readonly<Record<string, Page>> = {
  '/debug/syncz': (istiod, { view }) => ok(`${JSON.stringify(syncz(istiod, view()), undefined, 2)}\n`),
  '/debug/connections': (istiod) => ok(`${JSON.stringify(connections(istiod), undefined, 2)}\n`),
};

/** Pages by port: 8080 is the readiness probe's, 15014 the one for monitoring. */
const pages: Readonly<Record<number, Readonly<Record<string, Page>>>> = {
  8080: {
    ...debug,
    '/ready': (istiod) => (isReady(istiod.pod) ? ok('') : { kind: 'answered', status: 503, body: '' }),
  },
  15014: {
    ...debug,
    '/metrics': (istiod, { facts }) => ok(metricsText(istiod, facts())),
    '/version': (istiod) => ok(versionText(istiod)),
  },
};

/** The HTTP ports of the istiods that run. A port that nobody listens on refuses. */
export function istiodPorts(options: PortsOptions): PortCaller {
  return {
    call: ({ to, path, via }: PortRequest): PortReply => {
      const istiod = options.istiods.at(`${to.namespace}/${to.pod}`);
      const served = istiod === undefined ? undefined : pages[to.port];
      if (istiod === undefined || served === undefined) {
        return { kind: 'refused', error: `dial tcp 127.0.0.1:${to.port}: connect: connection refused` };
      }
      const [place = ''] = path.split('?');
      if (place.startsWith('/debug/') && via === 'proxy') return refusedDebug;
      return served[place]?.(istiod, options) ?? missing;
    },
  };
}
