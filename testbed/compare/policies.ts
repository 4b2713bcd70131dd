import { creates, type Fields, patches, pathOf, type Row, specOnly } from './row.ts';

const validated = { differs: 'validation' } as const;
const service = (name: string, spec: object) => ({ metadata: { name }, spec });
const ports = [{ port: 80 }];
const budgets = 'policy/poddisruptionbudgets';
const budget = (name: string, spec: object) => ({
  metadata: { name },
  spec: { selector: { matchLabels: { a: name } }, ...spec },
});
const eviction = (name: string, more: object = {}) => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name },
  ...more,
});

const evictions = `${pathOf('pods')}/p1/eviction`;

const pod = {
  metadata: { name: 'p1' },
  spec: { nodeSelector: { no: 'such-node' }, containers: [{ name: 'app', image: 'example.com/app:1' }] },
};
/** What admission adds to the pod of a real cluster, the volume of its account's token, has a random name. */
const withoutAccount = ({ spec }: Fields): unknown => {
  const { containers, ...rest } = spec as Fields;
  const mounted = (containers as readonly Fields[]).map((one) => ({ ...one, volumeMounts: undefined }));
  return { ...rest, volumes: undefined, containers: mounted };
};

const webhook = (more: object) => ({
  metadata: { name: 'w' },
  webhooks: [
    {
      name: 'a.example.com',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      clientConfig: { service: { namespace: 'x', name: 'y' } },
      rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
      ...more,
    },
  ],
});
const webhooks = {
  method: 'POST',
  path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations?dryRun=All',
} as const;

/** Services, pods, evictions, budgets, webhooks, reviews. */
export const policyRows: readonly Row[] = [
  creates('a Service', 'services', service('web', { selector: { a: 'b' }, ports }), { compare: specOnly }),
  creates('a headless Service', 'services', service('headless', { clusterIP: 'None', selector: { a: 'b' }, ports }), {
    compare: specOnly,
  }),
  creates(
    'a Service by another name',
    'services',
    service('named', { type: 'ExternalName', externalName: 'example.com' }),
  ),
  creates('a Service without ports', 'services', service('s1', { selector: { a: 'b' } }), validated),
  creates('a Service whose name begins with a digit', 'services', service('1web', { ports }), validated),
  creates('two ports without names', 'services', service('s2', { ports: [...ports, { port: 81 }] }), validated),
  patches('the address of a Service', 'services/web', 'merge', { spec: { clusterIP: '10.96.1.1' } }),
  creates('a pod', 'pods', pod, { compare: withoutAccount }),
  patches(
    'the image of a pod',
    'pods/p1',
    'strategic',
    { spec: { containers: [{ name: 'app', image: 'example.com/app:2' }] } },
    { compare: withoutAccount },
  ),
  creates('an eviction in a dry run', 'pods', eviction('p1'), { path: `${evictions}?dryRun=All` }),
  creates('an eviction of another name', 'pods', eviction('p2'), { path: evictions }),
  creates('an eviction of another uid', 'pods', eviction('p1', { deleteOptions: { preconditions: { uid: 'nope' } } }), {
    path: evictions,
  }),
  creates('an eviction', 'pods', eviction('p1'), { path: evictions }),
  creates('an eviction of what is not there', 'pods', eviction('p1'), { path: evictions }),
  creates('a budget', budgets, budget('b1', { minAvailable: 1 }), { compare: specOnly }),
  creates('a budget with both limits', budgets, budget('b2', { minAvailable: 1, maxUnavailable: 1 }), validated),
  creates('a budget below none', budgets, budget('b3', { minAvailable: -1 }), validated),
  { says: 'a webhook', ...webhooks, body: webhook({}), compare: ({ webhooks: made }) => made },
  { says: 'a webhook of one word', ...webhooks, body: webhook({ name: 'a' }), ...validated },
  { says: 'a webhook with unknown side effects', ...webhooks, body: webhook({ sideEffects: 'Some' }), ...validated },
  {
    says: 'a namespace with a dot',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { metadata: { name: 'A.b' } },
    differs: 'words',
  },
];
