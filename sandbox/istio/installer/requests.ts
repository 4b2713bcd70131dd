/**
 * Installations as objects: whoever reaches the cluster's API, also from another process, asks for one by creating an
 * Installation, and finds the outcome in its status. It stands for helm and istioctl, which need a real cluster's charts.
 */
import { MeshliftError } from '../../../src/errors.ts';
import type { KubeObject, ResourceType } from '../../../src/kube/api.ts';
import type { Scheduler } from '../../clock/scheduler.ts';
import { WorkQueue } from '../../clock/work-queue.ts';
import { Informer } from '../../controllers/base/informer.ts';
import { ApiFailure } from '../../store/failure.ts';
import { at, objectAt, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import type { StopWatch } from '../../store/types.ts';
import { carriedOver } from './carried-over.ts';
import type { Installer } from './installer.ts';
import { chartKinds, findObjects, placeOf } from './write.ts';

/** The kind. `spec`: chart, version, revision, release, namespace, tags, defaultRevision, like, remove; `status`: phase, message. */
const kind: ResourceType = {
  group: 'sandbox.meshlift.dev',
  version: 'v1',
  plural: 'installations',
  kind: 'Installation',
  namespaced: false,
};

const definition: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.plural}.${kind.group}` },
  spec: {
    group: kind.group,
    names: { kind: kind.kind, listKind: `${kind.kind}List`, plural: kind.plural, singular: 'installation' },
    scope: 'Cluster',
    versions: [
      {
        name: kind.version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: { status: {} },
      },
    ],
  },
};

/** What carrying out needs. */
export interface RequestsOptions {
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly installer: Installer;
}

/** Milliseconds until a request is carried out: the tool's own start. */
const delayMs = 200;

/** Serves the kind and carries out what is asked for, each once. @returns what ends it */
export function followInstallations({ store, scheduler, installer }: RequestsOptions): StopWatch {
  const present = [...store.all(resources.definitions)].some(
    ({ metadata }) => metadata.name === definition.metadata.name,
  );
  if (!present) store.create(resources.definitions, definition);
  const informer = new Informer(kind);
  const work = (name: string): void => {
    const request = informer.get(name);
    if (request === undefined || at(request, 'status', 'phase') !== undefined) return;
    const status = outcome(() => carryOut(store, installer, objectAt(request, 'spec') ?? {}));
    store.patch({ resource: kind, name }, 'merge', { status }, { subresource: 'status' });
  };
  const queue = new WorkQueue(scheduler, work, { delayMs, retries: (error) => error instanceof ApiFailure });
  informer.onChange(({ now }) => now && queue.add(now.metadata.name));
  const stop = informer.follow(store);
  return () => {
    stop();
    queue.stop();
  };
}

interface Outcome {
  readonly phase: 'done' | 'failed';
  readonly message: string;
}

function outcome(action: () => void): Outcome {
  try {
    action();
    return { phase: 'done', message: '' };
  } catch (error) {
    if (error instanceof MeshliftError || error instanceof ApiFailure)
      return { phase: 'failed', message: error.message };
    throw error;
  }
}

function carryOut(store: Store, installer: Installer, spec: Readonly<Record<string, unknown>>): void {
  const revision = named(textAt(spec, 'revision'));
  const place = { release: textAt(spec, 'release') ?? '', namespace: textAt(spec, 'namespace') ?? 'istio-system' };
  if (spec['remove'] === true) return remove(store, installer, { ...place, revision });
  const version = textAt(spec, 'version') ?? '';
  if (spec['chart'] === 'base') {
    return installer.base({ ...place, version, defaultRevision: textAt(spec, 'defaultRevision') ?? '' });
  }
  const options = carriedOver(store, { ...place, version, revision, ...likeOf(store, spec, revision) });
  if (place.release === '') return installer.istioctlInstall({ ...options, profile: 'minimal' });
  const tags = spec['tags'];
  const wanted = Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : options.tags;
  installer.istiod({ ...options, release: place.release, ...(wanted && { tags: wanted }) });
}

/** Objects say 'default' for the control plane without a name, charts ''. */
function named(revision: string | undefined): string {
  return revision === undefined || revision === 'default' ? '' : revision;
}

const releaseKey = 'meta.helm.sh/release-name';

/** Revision whose settings are wanted: that of the Helm release, or without a name one that istioctl made. */
function likeOf(store: Store, spec: Readonly<Record<string, unknown>>, revision: string): { readonly like?: string } {
  const like = objectAt(spec, 'like');
  if (like === undefined) return {};
  const release = textAt(like, 'release') ?? '';
  for (const { metadata } of store.all(resources.deployments)) {
    const { namespace, labels = {}, annotations = {} } = metadata;
    if (labels['app'] !== 'istiod' || namespace !== textAt(like, 'namespace')) continue;
    const found = named(labels['istio.io/rev']);
    const byIstioctl = labels['operator.istio.io/managed'] === 'Reconcile' && found !== revision;
    if (release === '' ? byIstioctl : annotations[releaseKey] === release) return { like: found };
  }
  return {};
}

interface Removal {
  readonly release: string;
  readonly namespace: string;
  readonly revision: string;
}

const uninstalled = new Set(['Pilot', 'IngressGateways', 'EgressGateways', 'Cni', 'Ztunnel']);

/** `helm uninstall`, or without a release `istioctl uninstall --revision`: everything with the label of the revision. */
function remove(store: Store, installer: Installer, { release, namespace, revision }: Removal): void {
  if (release !== '') return installer.uninstall({ name: release, namespace });
  const label = revision === '' ? 'default' : revision;
  const mine = findObjects(store, ({ metadata: { labels = {} } }) => {
    return labels['istio.io/rev'] === label && uninstalled.has(labels['operator.istio.io/component'] ?? '');
  });
  const kept = new Set(chartKinds.filter(({ plural }) => plural === 'customresourcedefinitions'));
  for (const object of mine) if (!kept.has(placeOf(object).resource)) store.delete(placeOf(object));
}
