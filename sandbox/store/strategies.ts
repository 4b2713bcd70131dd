import type { KubeObject } from '../../src/kube/api.ts';
import { defaultPod, defaultService } from './defaults.ts';
import type { FieldError } from './failure.ts';
import { at, objectAt, objectsAt, sameJson, textAt, without, type JsonObject } from './json.ts';
import { compileLabelSelector } from './selectors.ts';
import type { KindStrategy, StrategyContext } from './types.ts';

const forbiddenField = (field: string, why: string): FieldError => ({
  field,
  reason: 'FieldValueForbidden',
  text: `Forbidden: ${why}`,
});
const invalidField = (field: string, value: unknown, why: string): FieldError => ({
  field,
  reason: 'FieldValueInvalid',
  text: `Invalid value: ${JSON.stringify(value)}: ${why}`,
});
const required = (field: string, why = ''): FieldError => ({
  field,
  reason: 'FieldValueRequired',
  text: `Required value${why && `: ${why}`}`,
});

/** Workloads with a selector: it must be there, match the template's labels, and never change. */
export function selectorRules(object: KubeObject): readonly FieldError[] {
  const selector = objectAt(object, 'spec', 'selector');
  if (!selector) return [required('spec.selector')];
  const labels = objectAt(object, 'spec', 'template', 'metadata', 'labels') ?? {};
  if (compileLabelSelector(selector)(labels))
    return containerRules(objectAt(object, 'spec', 'template', 'spec'), 'spec.template.spec');
  return [invalidField('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
}

/** See `selectorRules`. */
export function selectorKept(object: KubeObject, old: KubeObject): readonly FieldError[] {
  const [now, before] = [at(object, 'spec', 'selector'), at(old, 'spec', 'selector')];
  return sameJson(now, before) ? [] : [invalidField('spec.selector', now, 'field is immutable')];
}

function containerRules(spec: unknown, path: string): readonly FieldError[] {
  const containers = objectsAt(spec, 'containers');
  if (containers.length === 0) return [required(`${path}.containers`)];
  return containers.flatMap((container, index) =>
    container['name'] ? [] : [required(`${path}.containers[${index}].name`)],
  );
}

const statefulSetMutable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

/** StatefulSets may change a few fields only. */
export function statefulSetKept(object: KubeObject, old: KubeObject): readonly FieldError[] {
  const rest = (of: KubeObject) => without(objectAt(of, 'spec') ?? {}, ...statefulSetMutable);
  if (sameJson(rest(object), rest(old))) return [];
  const list = statefulSetMutable.map((field) => `'${field}'`);
  const named = `${list.slice(0, -1).join(', ')} and ${list.at(-1) ?? ''}`;
  return [forbiddenField('spec', `updates to statefulset spec for fields other than ${named} are forbidden`)];
}

/** Jobs: selector and template stay. */
export function jobKept(object: KubeObject, old: KubeObject): readonly FieldError[] {
  return ['selector', 'template', 'completionMode'].flatMap((field) => {
    const [now, before] = [at(object, 'spec', field), at(old, 'spec', field)];
    return sameJson(now, before) ? [] : [invalidField(`spec.${field}`, now, 'field is immutable')];
  });
}

/** Jobs get a selector on their own uid, and the labels that it selects. */
export function prepareJob(draft: KubeObject): void {
  const spec = objectAt(draft, 'spec');
  if (!spec || spec['manualSelector'] === true || spec['selector'] !== undefined) return;
  const uid = draft.metadata.uid ?? '';
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': draft.metadata.name,
    'controller-uid': uid,
    'job-name': draft.metadata.name,
  };
  spec['selector'] = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  const template = objectAt(spec, 'template') ?? {};
  const metadata = objectAt(template, 'metadata') ?? {};
  spec['template'] = { ...template, metadata: { ...metadata, labels: { ...objectAt(metadata, 'labels'), ...labels } } };
  draft.metadata.labels = { ...draft.metadata.labels, ...labels };
}

/** Pod: see API reference, "Pod update and replacement". */
export const podStrategy: KindStrategy = {
  shallow: true,
  defaults: defaultPod,
  prepareCreate: (draft) => {
    draft['status'] = { phase: 'Pending', qosClass: qosClass(objectAt(draft, 'spec')) };
  },
  validate: (pod) => containerRules(pod['spec'], 'spec'),
  validateUpdate: (pod, old) => {
    if (sameJson(fixedPodSpec(pod), fixedPodSpec(old))) return [];
    return [
      forbiddenField(
        'spec',
        'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
          '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
          '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
      ),
    ];
  },
};

function fixedPodSpec(pod: KubeObject): JsonObject {
  const spec = without(objectAt(pod, 'spec') ?? {}, 'activeDeadlineSeconds', 'tolerations', 'schedulingGates');
  const imageless = (list: string) => objectsAt(spec, list).map((container) => without(container, 'image'));
  return { ...spec, containers: imageless('containers'), initContainers: imageless('initContainers') };
}

/** Guaranteed, Burstable or BestEffort, from the containers' CPU and memory. */
function qosClass(spec: JsonObject | undefined): string {
  const containers = [...objectsAt(spec, 'containers'), ...objectsAt(spec, 'initContainers')];
  const amounts = (container: JsonObject, side: string) => {
    const found = objectAt(container, 'resources', side) ?? {};
    return { cpu: found['cpu'], memory: found['memory'] };
  };
  const any = (c: JsonObject) =>
    ['requests', 'limits'].some((s) => Object.values(amounts(c, s)).some((v) => v !== undefined));
  if (!containers.some(any)) return 'BestEffort';
  const guaranteed = (c: JsonObject) => {
    const limits = amounts(c, 'limits');
    return limits.cpu !== undefined && limits.memory !== undefined && sameJson(limits, amounts(c, 'requests'));
  };
  return containers.every(guaranteed) ? 'Guaranteed' : 'Burstable';
}

/** Service: addresses from 10.96.0.0/16, node ports from 30000-32767, both kept over updates. */
export const serviceStrategy: KindStrategy = {
  defaults: defaultService,
  prepareCreate: (draft, context) => {
    draft['status'] = { loadBalancer: {} };
    const spec = objectAt(draft, 'spec');
    if (!spec || spec['type'] === 'ExternalName') return;
    if (spec['clusterIP'] === undefined || spec['clusterIP'] === '') spec['clusterIP'] = freeAddress(context);
    spec['clusterIPs'] = [spec['clusterIP']];
    if (spec['type'] !== 'ClusterIP') allocateNodePorts(spec, context);
  },
  prepareUpdate: (draft, old) => {
    const [spec, before] = [objectAt(draft, 'spec'), objectAt(old, 'spec')];
    if (!spec || !before || spec === before || spec['type'] === 'ExternalName') return;
    if (spec['clusterIP'] === undefined || spec['clusterIP'] === '') spec['clusterIP'] = before['clusterIP'];
    spec['clusterIPs'] = [spec['clusterIP']];
    for (const port of objectsAt(spec, 'ports')) {
      const same = objectsAt(before, 'ports').find(
        (p) => p['port'] === port['port'] && p['protocol'] === port['protocol'],
      );
      if (spec['type'] !== 'ClusterIP' && port['nodePort'] === undefined && same?.['nodePort'] !== undefined) {
        port['nodePort'] = same['nodePort'];
      }
    }
  },
  validateUpdate: (service, old) => {
    const [now, before] = [textAt(service, 'spec', 'clusterIP'), textAt(old, 'spec', 'clusterIP')];
    const fixed = before !== undefined && textAt(service, 'spec', 'type') !== 'ExternalName' && now !== before;
    return fixed ? [invalidField('spec.clusterIPs[0]', [now], 'may not change once set')] : [];
  },
};

function freeAddress(context: StrategyContext): string {
  const used = new Set<unknown>();
  for (const service of context.all('', 'services')) used.add(at(service, 'spec', 'clusterIP'));
  for (;;) {
    const number = 1 + Math.floor(context.random() * 65_000);
    const address = `10.96.${number >> 8}.${number & 255}`;
    if (!used.has(address)) return address;
  }
}

function allocateNodePorts(spec: JsonObject, context: StrategyContext): void {
  const used = new Set<unknown>();
  for (const service of context.all('', 'services')) {
    for (const port of objectsAt(service, 'spec', 'ports')) used.add(port['nodePort']);
  }
  for (const port of objectsAt(spec, 'ports')) {
    if (port['nodePort'] !== undefined) continue;
    let chosen: number;
    do chosen = 30_000 + Math.floor(context.random() * 2768);
    while (used.has(chosen));
    port['nodePort'] = chosen;
    used.add(chosen);
  }
}

/** ConfigMaps and Secrets marked immutable stay as they are. */
export function immutableKept(object: KubeObject, old: KubeObject): readonly FieldError[] {
  if (old['immutable'] !== true) return [];
  const errors = ['data', 'binaryData'].filter((field) => !sameJson(object[field], old[field]));
  return errors.map((field) => forbiddenField(field, 'field is immutable when `immutable` is set'));
}
