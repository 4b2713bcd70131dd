import { expect, it } from 'vitest';
import { web } from '../../test/checks/fitness-mesh.ts';
import { attachedFact } from '../../test/fact-defaults.ts';
import { meta, read, service } from '../../test/mesh-facts.ts';
import type { DestinationRuleFact, Facts, Labels } from '../mesh/facts.ts';
import { handOverLabel } from './hand-over-label.ts';
import { nearFacts } from './near.ts';

const labels: Labels = { app: 'web', tier: 'front', version: 'v1' };
const rule = (namespace: string, subset: Labels): DestinationRuleFact => ({
  ...attachedFact(meta(namespace, 'rule'), { spec: { subsets: [{ labels: subset }] } }),
  ...{ host: 'web', exportTo: [], subsets: ['v1'], tls: [], outlier: null, retryBudget: null },
});
const selecting = (namespace: string, selector: Labels) => attachedFact(meta(namespace, 'one'), { selector });
const policy = (namespace: string, matchLabels: Labels) => ({
  ...{ meta: meta(namespace, 'policy'), selector: { matchLabels, matchExpressions: [] } },
  ...{ types: ['Ingress'], ingressPorts: [], anyIngressPort: true },
});

const meshes: readonly (readonly [name: string, over: Partial<Facts>])[] = [
  ['nothing else selects', {}],
  [
    'a subset of another namespace',
    { destinationRules: read(rule('a', { app: 'x' }), rule('b', { app: 'y', tier: 'z' })) },
  ],
  ['a Sidecar of another namespace', { sidecars: read(selecting('a', { tier: 'front', app: 'web' })) }],
  ['one that selects other pods', { sidecars: read(selecting('shop', { app: 'web', tier: 'back' })) }],
  ['one without a selector', { sidecars: read(attachedFact(meta('shop', 'all'))) }],
  ['a Gateway', { istioGateways: read({ meta: meta('edge', 'g'), selector: { app: 'web' }, servers: [] }) }],
  ['a Gateway for all', { istioGateways: read({ meta: meta('edge', 'g'), selector: {}, servers: [] }) }],
  ['a NetworkPolicy', { networkPolicies: read(policy('shop', { app: 'web' })) }],
  ['a NetworkPolicy of another namespace', { networkPolicies: read(policy('a', { app: 'web' })) }],
  ['a list that was not read', { proxyConfigs: { items: [], unread: '403 Forbidden' } }],
];

it.each(meshes)('%s: the planner decides the same with what is near as with all', (_name, over) => {
  const services = read(service('shop', 'web', { app: 'web', tier: 'front' }), service('a', 'web', { app: 'web' }));
  const facts = web({ template: { labels }, over: { services, ...over } });
  const fact = facts.deployments.items.find(({ meta: { name } }) => name === 'web');
  if (fact === undefined) throw new Error('the workload is not there');
  const near = handOverLabel(nearFacts(facts)(fact), 'shop', fact.template.labels);
  expect(near).toEqual(handOverLabel(facts, 'shop', fact.template.labels));
});
