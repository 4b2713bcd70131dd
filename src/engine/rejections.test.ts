import { describe, expect, it } from 'vitest';
import { Aborted, Blocked, Transient } from '../errors.ts';
import type { KubeApi, PortAnswer } from '../kube/api.ts';
import { emptyFacts } from '../../test/facts.ts';
import { mesh, plane } from '../mesh/status.test-helper.ts';
import { countRejections, readRejections } from './rejections.ts';

const metrics = `# HELP pilot_total_xds_rejects Total number of XDS responses from pilot rejected by proxy.
# TYPE pilot_total_xds_rejects counter
pilot_total_xds_rejects{type="cds"} 3
pilot_total_xds_rejects{type="lds"} 1.2e+01
pilot_total_xds_rejects_created{type="cds"} 99
pilot_xds_cds_reject{node="a"} 7
`;

describe('countRejections', () => {
  it('adds all types up, and nothing else', () => {
    expect(countRejections(metrics)).toBe(15);
  });

  it('reads a metric without labels', () => {
    expect(countRejections('pilot_total_xds_rejects 4\n')).toBe(4);
  });

  it('is zero while istiod has counted none', () => {
    expect(countRejections('pilot_xds 12\n')).toBe(0);
    expect(countRejections('')).toBe(0);
  });
});

/** An API of which only the pods' ports are asked. */
function portsApi(
  forwarded: (pod: string) => Promise<PortAnswer>,
  proxied: (pod: string) => Promise<PortAnswer> = () => Promise.reject(new Error('not asked')),
): KubeApi {
  const answers: Pick<KubeApi, 'proxyGet' | 'forwardedRequest'> = {
    proxyGet: ({ name, port }, path) => proxied(`${name}:${port}${path}`),
    forwardedRequest: ({ pod, port }, path) => forwarded(`${pod}:${port}${path}`),
  };
  return answers as KubeApi;
}

describe('readRejections', () => {
  const pod = (name: string, ready = true) => ({ name, ready, answered: true, error: '' });
  const controlPlanes = [
    plane('1-29-6', '1.29.6', { pods: [pod('old-0'), pod('old-1', false)] }),
    plane('1-30-3', '1.30.3'),
  ];
  const view = { facts: emptyFacts(), mesh: mesh({ controlPlanes }), seenAt: 0 };
  const answer = (count: number): Promise<PortAnswer> =>
    Promise.resolve({ status: 200, body: `pilot_total_xds_rejects{type="cds"} ${count}\n` });

  it('asks every ready istiod of every revision', async () => {
    const asked: string[] = [];
    const api = portsApi((to) => {
      asked.push(to);
      return answer(asked.length);
    });
    expect(await readRejections(api, view)).toEqual({ 'istio-system/old-0': 1, 'istio-system/istiod-1-30-3-0': 2 });
    expect(asked).toEqual(['old-0:15014/metrics', 'istiod-1-30-3-0:15014/metrics']);
  });

  it.each([
    ['does not answer', () => Promise.reject(new Transient('time-out'))],
    ['answers 503', () => Promise.resolve({ status: 503, body: 'pilot_total_xds_rejects 0\n' })],
    ['is gone', () => Promise.reject(new Blocked('refused', { status: 502 }))],
  ])('knows nothing of one that %s', async (_name, first) => {
    const api = portsApi((to) => (to.startsWith('old-0') ? first() : answer(0)));
    expect(await readRejections(api, view)).toEqual({ 'istio-system/old-0': null, 'istio-system/istiod-1-30-3-0': 0 });
  });

  it('uses what the printed roles allow, and the proxy of the API server only where that is forbidden', async () => {
    const api = portsApi(
      () => Promise.reject(new Blocked('forbidden', { status: 403 })),
      () => answer(5),
    );
    expect(await readRejections(api, view)).toEqual({ 'istio-system/old-0': 5, 'istio-system/istiod-1-30-3-0': 5 });
  });

  it('does not take a stop for silence', async () => {
    const api = portsApi(() => Promise.reject(new Aborted('stopped')));
    await expect(readRejections(api, view)).rejects.toBeInstanceOf(Aborted);
  });
});
