import { at, isObject, objectAt, withFields, type JsonObject } from './json.ts';

/** The object with fields that are missing; itself when none is. */
export function filled(target: JsonObject, values: JsonObject): JsonObject {
  let missing: JsonObject | undefined;
  for (const key of Object.keys(values)) {
    if ((target[key] !== undefined && target[key] !== null) || values[key] === undefined) continue;
    missing ??= {};
    missing[key] = values[key];
  }
  return missing ? withFields(target, missing) : target;
}

type Filler = (object: JsonObject) => JsonObject;

/** The object with the object in one of its fields filled, if there is one; itself when that changes nothing. */
function within(target: JsonObject, key: string, filler: Filler): JsonObject {
  const found = target[key];
  if (!isObject(found)) return target;
  const next = filler(found);
  return next === found ? target : withFields(target, { [key]: next });
}

/** The same for each object of a list in one of its fields. */
function withinEach(target: JsonObject, key: string, filler: Filler): JsonObject {
  const found = target[key];
  if (!Array.isArray(found)) return target;
  const next = found.map((item: unknown) => (isObject(item) ? filler(item) : item));
  return next.every((item, index) => item === found[index]) ? target : withFields(target, { [key]: next });
}

const steps =
  (...fillers: readonly Filler[]): Filler =>
  (object) =>
    fillers.reduce((result, filler) => filler(result), object);
const fields =
  (values: JsonObject): Filler =>
  (object) =>
    filled(object, values);
const inside =
  (key: string, ...fillers: readonly Filler[]): Filler =>
  (object) =>
    within(object, key, steps(...fillers));
const eachOf =
  (key: string, ...fillers: readonly Filler[]): Filler =>
  (object) =>
    withinEach(object, key, steps(...fillers));

const fieldRef = steps(
  inside('fieldRef', fields({ apiVersion: 'v1' })),
  inside('resourceFieldRef', fields({ divisor: '0' })),
);
const httpGet = inside('httpGet', fields({ path: '/', scheme: 'HTTP' }));
const probe = steps(
  fields({ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }),
  httpGet,
  inside('grpc', fields({ service: '' })),
);

const container = steps(
  (object) => filled(object, { imagePullPolicy: pullPolicy(object['image']) }),
  fields({ terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File', resources: {} }),
  eachOf('ports', fields({ protocol: 'TCP' })),
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].map((name) => inside(name, probe)),
  inside('lifecycle', inside('postStart', httpGet), inside('preStop', httpGet)),
  eachOf('env', inside('valueFrom', fieldRef)),
);
const onHostNetwork = eachOf('ports', (port) => filled(port, { hostPort: port['containerPort'] }));

/** `Always` for images without tag or with the tag latest, else `IfNotPresent`. */
function pullPolicy(image: unknown): string {
  if (typeof image !== 'string' || image.includes('@')) return 'IfNotPresent';
  const [, tag = 'latest'] = /:([^/:]+)$/.exec(image) ?? [];
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

const volume = steps(
  (object) => (Object.keys(object).some((key) => key !== 'name') ? object : { ...object, emptyDir: {} }),
  ...['secret', 'configMap', 'projected', 'downwardAPI'].map((key) => inside(key, fields({ defaultMode: 420 }))),
  inside('hostPath', fields({ type: '' })),
  inside(
    'projected',
    eachOf(
      'sources',
      inside('serviceAccountToken', fields({ expirationSeconds: 3600 })),
      inside('downwardAPI', eachOf('items', fieldRef)),
    ),
  ),
  inside('downwardAPI', eachOf('items', fieldRef)),
);

const podTemplate = steps(
  fields({
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
  }),
  account,
  ...['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) => [
    eachOf(list, container),
    (spec: JsonObject) => (spec['hostNetwork'] === true ? eachOf(list, onHostNetwork)(spec) : spec),
  ]),
  eachOf('volumes', volume),
);

function account(spec: JsonObject): JsonObject {
  const name = spec['serviceAccountName'] ?? spec['serviceAccount'];
  return name === undefined ? spec : filled(spec, { serviceAccountName: name, serviceAccount: name });
}

/**
 * The spec of a pod inside a template with the defaults that Kubernetes gives to it: core/v1 defaults, API reference
 * "PodSpec" and "Container". What is complete is not copied; a complete spec comes back itself.
 */
export function podTemplateSpec(spec: JsonObject): JsonObject {
  return podTemplate(spec);
}

/** The same for a pod itself, which gets a few more, and those of the admission plug-ins that every cluster runs. */
export function podSpec(spec: JsonObject): JsonObject {
  return pod(podTemplate(spec));
}

const pod = steps(
  fields({ enableServiceLinks: true, preemptionPolicy: 'PreemptLowerPriority', priority: 0 }),
  fields({ serviceAccountName: 'default' }),
  (spec) => filled(spec, { serviceAccount: spec['serviceAccountName'] }),
  eachOf('containers', requestLimits),
  eachOf('initContainers', requestLimits),
  tolerateBriefNodeTrouble,
);

/** What is limited but not requested is requested with its limit. */
function requestLimits(one: JsonObject): JsonObject {
  const limits = objectAt(one, 'resources', 'limits');
  if (!limits) return one;
  return within(one, 'resources', (resources) => {
    const requests = objectAt(resources, 'requests') ?? {};
    const all = filled(requests, limits);
    return all === resources['requests'] ? resources : { ...resources, requests: all };
  });
}

/** Admission plug-in DefaultTolerationSeconds: 300 s on nodes that are not ready or unreachable. */
function tolerateBriefNodeTrouble(spec: JsonObject): JsonObject {
  const present = at(spec, 'tolerations');
  const tolerations = Array.isArray(present) ? present.filter(isObject) : [];
  const missing = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter(
    (key) => !tolerations.some((t) => (t['key'] ?? key) === key && (t['effect'] ?? 'NoExecute') === 'NoExecute'),
  );
  if (missing.length === 0) return spec;
  const added = missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));
  return { ...spec, tolerations: [...tolerations, ...added] };
}
