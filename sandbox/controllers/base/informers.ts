import type { KubeObject } from '../../../src/kube/api.ts';
import { at, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { Informer } from './informer.ts';
import { controllerOf } from './owners.ts';
import { labelIndex, selectorIndex } from './selectors.ts';

const byNamespace = (object: KubeObject) => [object.metadata.namespace ?? ''];
const byController = (object: KubeObject) => {
  const owner = controllerOf(object);
  return owner ? [owner.uid] : [];
};
/** Objects that no controller manages, by namespace. */
const orphans = (object: KubeObject) => (controllerOf(object) ? [] : [object.metadata.namespace ?? '']);
const owned = { controller: byController, orphan: orphans, namespace: byNamespace };
const specSelector = (object: KubeObject) => at(object, 'spec', 'selector');

const onNode = (pod: KubeObject) => {
  const node = textAt(pod, 'spec', 'nodeName');
  return node ? [node] : [];
};

/**
 * What the controllers watch. Indices: `controller` (uid of the managing owner), `orphan` (namespace), `namespace`,
 * `label` and `selector` (see selectors.ts), `node`.
 */
export function createInformers() {
  const selecting = { ...owned, selector: selectorIndex(specSelector) };
  return {
    namespaces: new Informer(resources.namespaces),
    nodes: new Informer(resources.nodes),
    pods: new Informer(resources.pods, { ...owned, label: labelIndex, node: onNode }),
    services: new Informer(resources.services, {
      selector: selectorIndex((service) => ({ matchLabels: at(service, 'spec', 'selector') })),
    }),
    serviceAccounts: new Informer(resources.serviceAccounts),
    configMaps: new Informer(resources.configMaps),
    deployments: new Informer(resources.deployments, selecting),
    replicaSets: new Informer(resources.replicaSets, selecting),
    statefulSets: new Informer(resources.statefulSets, selecting),
    daemonSets: new Informer(resources.daemonSets, selecting),
    controllerRevisions: new Informer(resources.controllerRevisions, owned),
    jobs: new Informer(resources.jobs, owned),
    cronJobs: new Informer(resources.cronJobs),
    endpointSlices: new Informer(resources.endpointSlices, owned),
    disruptionBudgets: new Informer(resources.disruptionBudgets, { selector: selectorIndex(specSelector) }),
    autoscalers: new Informer(resources.autoscalers),
  } as const;
}

/** See `createInformers`. */
export type Informers = ReturnType<typeof createInformers>;
