/**
 * How the lists and maps of objects merge: the data behind strategic merge patch (patchMergeKey, patchStrategy) and
 * server-side apply (x-kubernetes-list-type, -list-map-keys, -map-type) of the Kubernetes API, for the kinds and
 * fields where it is not the default. Default: maps merge by field, lists are replaced as one.
 */
export interface FieldSchema {
  /** Known children of a map. */
  readonly fields?: Readonly<Record<string, FieldSchema>>;
  /** Children of a map with free keys, or the items of a list. */
  readonly each?: FieldSchema;
  /** Server-side apply: how a list merges. Default 'atomic'. */
  readonly list?: 'map' | 'set';
  /** Keys of the items of a 'map' list. */
  readonly keys?: readonly string[];
  /** Values of keys that may be left out. */
  readonly keyDefaults?: Readonly<Record<string, unknown>>;
  /** Server-side apply: the map is owned and replaced as one. */
  readonly atomic?: true;
  /** Strategic merge patch: items with the same value of this field merge. */
  readonly mergeKey?: string;
  /** Strategic merge patch: a list of scalars is united instead of replaced. */
  readonly mergeValues?: true;
}

const byKey = (key: string, item: FieldSchema = {}): FieldSchema => ({
  list: 'map',
  keys: [key],
  mergeKey: key,
  each: item,
});
const atomicMap: FieldSchema = { atomic: true };
const conditions = byKey('type');

/** Every kind's metadata. */
const metadata: FieldSchema = {
  fields: { ownerReferences: byKey('uid'), finalizers: { list: 'set', mergeValues: true } },
};

const containerPorts: FieldSchema = {
  list: 'map',
  keys: ['containerPort', 'protocol'],
  keyDefaults: { protocol: 'TCP' },
  mergeKey: 'containerPort',
};

const container: FieldSchema = {
  fields: {
    ports: containerPorts,
    env: byKey('name'),
    volumeMounts: byKey('mountPath'),
    volumeDevices: byKey('devicePath'),
    resources: { fields: { claims: { list: 'map', keys: ['name'] } } },
  },
};

const podSpec: FieldSchema = {
  fields: {
    containers: byKey('name', container),
    initContainers: byKey('name', container),
    ephemeralContainers: byKey('name', container),
    volumes: byKey('name'),
    imagePullSecrets: byKey('name'),
    hostAliases: byKey('ip'),
    schedulingGates: byKey('name'),
    resourceClaims: byKey('name'),
    nodeSelector: atomicMap,
    topologySpreadConstraints: {
      list: 'map',
      keys: ['topologyKey', 'whenUnsatisfiable'],
      mergeKey: 'topologyKey',
      each: { fields: { labelSelector: atomicMap } },
    },
  },
};

const podTemplate: FieldSchema = { fields: { metadata, spec: podSpec } };
const withTemplate: FieldSchema = {
  fields: {
    metadata,
    spec: { fields: { selector: atomicMap, template: podTemplate } },
    status: { fields: { conditions } },
  },
};
const webhooks: FieldSchema = {
  fields: {
    metadata,
    webhooks: byKey('name', {
      fields: { namespaceSelector: atomicMap, objectSelector: atomicMap, matchConditions: byKey('name') },
    }),
  },
};
const plain: FieldSchema = { fields: { metadata, status: { fields: { conditions } } } };

const pod: FieldSchema = {
  fields: {
    metadata,
    spec: podSpec,
    status: { fields: { conditions, podIPs: byKey('ip'), hostIPs: { mergeKey: 'ip' } } },
  },
};
const service: FieldSchema = {
  fields: {
    metadata,
    spec: {
      fields: {
        ports: { list: 'map', keys: ['port', 'protocol'], keyDefaults: { protocol: 'TCP' }, mergeKey: 'port' },
        selector: atomicMap,
      },
    },
    status: { fields: { conditions } },
  },
};
const node: FieldSchema = {
  fields: {
    metadata,
    spec: { fields: { taints: { mergeKey: 'key' }, podCIDRs: { list: 'set', mergeValues: true } } },
    status: { fields: { conditions, addresses: byKey('type') } },
  },
};
const cronJob: FieldSchema = {
  fields: { metadata, spec: { fields: { jobTemplate: { fields: { spec: { fields: { template: podTemplate } } } } } } },
};
const disruptionBudget: FieldSchema = {
  fields: { metadata, spec: { fields: { selector: atomicMap } }, status: { fields: { conditions } } },
};

/** Schemas by "group/plural"; kinds that are not named have metadata and status.conditions only. */
const schemas: Readonly<Record<string, FieldSchema>> = {
  '/pods': pod,
  '/services': service,
  '/nodes': node,
  '/serviceaccounts': { fields: { metadata, secrets: byKey('name') } },
  'apps/deployments': withTemplate,
  'apps/replicasets': withTemplate,
  'apps/statefulsets': withTemplate,
  'apps/daemonsets': withTemplate,
  'batch/jobs': withTemplate,
  'batch/cronjobs': cronJob,
  'policy/poddisruptionbudgets': disruptionBudget,
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': webhooks,
  'admissionregistration.k8s.io/validatingwebhookconfigurations': webhooks,
  'gateway.networking.k8s.io/gateways': {
    fields: {
      metadata,
      spec: { fields: { listeners: byKey('name') } },
      status: { fields: { conditions, listeners: byKey('name') } },
    },
  },
};

/** The schema of a kind. */
export function schemaOf(group: string, plural: string): FieldSchema {
  return schemas[`${group}/${plural}`] ?? plain;
}

/** The schema of a field of a map. */
export function childSchema(schema: FieldSchema, key: string): FieldSchema {
  return schema.fields?.[key] ?? schema.each ?? {};
}
