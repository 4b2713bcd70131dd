import type { Scenario, WorkloadSpec } from './types.ts';

const image = (name: string, version: string) => `docker.io/istio/examples-bookinfo-${name}-${version}:1.20.3`;

/** One version of a service of Istio's sample application Bookinfo. */
function book(app: string, version: string): WorkloadSpec {
  return { name: `${app}-${version}`, app, labels: { version }, image: image(app, version), port: 9080 };
}

/** The sample application under one control plane with a revision, reached by a tag, with an ingress gateway. */
export const bookinfo: Scenario = {
  name: 'bookinfo',
  description: 'Bookinfo on Istio 1.29.6 installed by revision, with tag prod and an ingress gateway',
  nodes: 2,
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.29.6', defaultRevision: '1-29-6' },
        { chart: 'istiod', version: '1.29.6', revision: '1-29-6' },
        { istioctl: 'tag', version: '1.29.6', tag: 'prod', revision: '1-29-6' },
      ],
    },
    { do: 'settle' },
    {
      do: 'deploy',
      namespaces: [
        { name: 'istio-ingress', labels: { 'istio.io/rev': 'prod' } },
        {
          name: 'bookinfo',
          labels: { 'istio.io/rev': 'prod' },
          workloads: [
            book('productpage', 'v1'),
            book('details', 'v1'),
            book('reviews', 'v1'),
            book('reviews', 'v2'),
            book('reviews', 'v3'),
            book('ratings', 'v1'),
          ],
        },
      ],
    },
    {
      do: 'install',
      install: [
        {
          chart: 'gateway',
          version: '1.29.6',
          name: 'istio-ingressgateway',
          namespace: 'istio-ingress',
          revision: '',
        },
      ],
    },
    { do: 'settle' },
  ],
};
