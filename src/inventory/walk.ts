/**
 * One walk over a cluster: which lists, in which order, what a failure means. Both ways of using a cluster (facts, snapshot)
 * are visitors of this walk, so they see the same objects.
 */
import { setMaxListeners } from 'node:events';
import { Aborted, InvalidInput, MeshliftError, NotFound, Transient, explain } from '../errors.ts';
import type { KubeApi, KubeObject, ListPage, ResourceType } from '../kube/api.ts';
import { resources, served, type Served } from '../kube/resources.ts';
import type { IstiodFact, PodFact, Read } from '../mesh/facts.ts';
import { createGuide, guideKinds, isIstiod, note, type Guide } from './guide.ts';
import { createInterner } from './interner.ts';
import { askIstiod, byPlace, shouldAnswer } from './istiods.ts';
import { kinds, listedKinds, type ListedKind } from './kinds.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { pod as projectPod } from './project-pod.ts';

/** Where a walk stands. */
export interface Progress {
  /** Lists that are finished, of `total`. */
  readonly done: number;
  readonly total: number;
  /** Objects seen so far. */
  readonly objects: number;
  /** The list that moved last. */
  readonly kind: string;
}

/** How to walk. */
export interface WalkOptions {
  /** For each request; default: the client's. */
  readonly deadlineMs?: number;
  /** For each request to an istiod pod, in milliseconds; default 5000. */
  readonly istiodDeadlineMs?: number;
  /** Lists at once; default 5. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  /** Lists to read besides those that the others are read by; default: all. */
  readonly only?: readonly ListedKind[];
}

/** What sees the objects. */
export interface Visitor {
  /** Called once, before anything else. */
  begin(kubernetesVersion: string | null): Promise<void>;
  /** Called for each object while its page is read: must be quick and must not keep the object. */
  object(kind: ListedKind, object: KubeObject, resource: ResourceType): void;
  /** After each page. What it throws ends the walk. */
  page(): Promise<void>;
  /** A list starts over: forget the objects of this kind. */
  restarted(kind: ListedKind, resource: ResourceType): void;
  /** A list is at its end. */
  finished(kind: ListedKind, unread: string | null): void;
}

/** What the walk itself found out. */
export interface Walked {
  readonly kubernetesVersion: string | null;
  readonly istiods: Read<IstiodFact>;
}

interface Walk {
  readonly api: KubeApi;
  readonly options: WalkOptions;
  readonly visitor: Visitor;
  readonly served: Served;
  readonly limit: Limiter;
  readonly call: { readonly signal: AbortSignal; readonly deadlineMs?: number };
  readonly guide: Guide;
  /** Running questions to istiod pods, by 'namespace/name', since their page arrived. */
  readonly asked: Map<string, Promise<IstiodFact>>;
  done: number;
  objects: number;
}

const maxRestarts = 3;

/**
 * Walks over the whole cluster. A list that fails is reported as unread and the others go on. Throws when nothing can be
 * read at all: the first requests end in Transient (unreachable) or in 401; Aborted by the caller's signal; and what the
 * visitor throws.
 */
export async function walkCluster(api: KubeApi, options: WalkOptions, visitor: Visitor): Promise<Walked> {
  const ended = new AbortController();
  const signal = options.signal === undefined ? ended.signal : AbortSignal.any([options.signal, ended.signal]);
  // Every call listens to it while it runs, and all istiods are asked at once.
  setMaxListeners(0, signal);
  const call = { signal, ...(options.deadlineMs === undefined ? {} : { deadlineMs: options.deadlineMs }) };
  const hello = await greet(api, call);
  await visitor.begin(hello.kubernetesVersion);
  const walk: Walk = {
    ...{ api, options, visitor, served: hello.served, call, done: 0, objects: 0 },
    ...{ limit: createLimiter(options.concurrency ?? 5), guide: createGuide(), asked: new Map() },
  };
  try {
    return { kubernetesVersion: hello.kubernetesVersion, istiods: await walkLists(walk) };
  } finally {
    ended.abort();
  }
}

async function greet(api: KubeApi, call: Walk['call']): Promise<{ kubernetesVersion: string | null; served: Served }> {
  const [version, kindsServed] = await Promise.all([
    api.getRaw('/version', call).then(gitVersion, (error: unknown) => mustBeOurs(error)),
    served(api, call),
  ]);
  const failures = [version, kindsServed.unread].filter((entry) => entry instanceof MeshliftError);
  const unauthorized = failures.find((failure) => failure.status === 401);
  if (unauthorized !== undefined) throw unauthorized;
  const [first, second] = failures;
  if (first instanceof Transient && second instanceof Transient) throw first;
  return { kubernetesVersion: typeof version === 'string' ? version : null, served: kindsServed };
}

function gitVersion(body: string): string | null {
  return /"gitVersion"\s*:\s*"([^"]+)"/.exec(body)?.[1] ?? null;
}

function mustBeOurs(error: unknown): MeshliftError {
  if (!(error instanceof MeshliftError) || error instanceof Aborted || error instanceof InvalidInput) throw error;
  return error;
}

/** Lists that are read in ways of their own. */
const special: readonly ListedKind[] = ['pods', 'endpointSlices', 'configMaps', ...guideKinds];

function wanted({ only = listedKinds }: WalkOptions): readonly ListedKind[] {
  return listedKinds.filter((kind) => special.includes(kind) || only.includes(kind));
}

async function walkLists(walk: Walk): Promise<Read<IstiodFact>> {
  // Pods come first: their list is by far the longest, and the others run beside it.
  const pods = readKind(walk, 'pods').then((unread) => collectIstiods(walk, unread));
  const guides = Promise.all(guideKinds.map((kind) => readKind(walk, kind)));
  const others = wanted(walk.options)
    .filter((kind) => !special.includes(kind))
    .map((kind) => readKind(walk, kind));
  const maps = readResource(walk, 'configMaps', resources.configMaps, kinds.configMaps.labelSelector);
  const guided = guides.then(async (unread) => {
    const missing = guideKinds.filter((_kind, index) => unread[index] !== null);
    // Both at once from the start: a promise that nobody waits for yet would end the process when it fails.
    const rest = maps.then((listed) => readConfigMaps(walk, missing, listed));
    await Promise.all([readEndpoints(walk, missing), rest]);
  });
  const [istiods] = await Promise.all([pods, maps, guided, ...others]);
  return istiods;
}

async function readKind(walk: Walk, kind: ListedKind): Promise<string | null> {
  const spec = kinds[kind];
  const unread = await Promise.all(
    spec.resources.map((resource) => readResource(walk, kind, resource, spec.labelSelector)),
  );
  return finish(walk, kind, unread);
}

function finish(walk: Walk, kind: ListedKind, unread: readonly (string | null)[]): string | null {
  const why = unread.filter((entry) => entry !== null).join('; ') || null;
  walk.visitor.finished(kind, why);
  walk.done += 1;
  report(walk, kind);
  return why;
}

function report(walk: Walk, kind: string): void {
  walk.options.onProgress?.({ done: walk.done, total: wanted(walk.options).length, objects: walk.objects, kind });
}

async function readEndpoints(walk: Walk, missing: readonly ListedKind[]): Promise<void> {
  const names = [...walk.guide.services].sort();
  const selector = `kubernetes.io/service-name in (${names.join(',')})`;
  const unread =
    names.length === 0 ? null : await readResource(walk, 'endpointSlices', resources.endpointSlices, selector);
  finish(walk, 'endpointSlices', [unread, guideless(missing)]);
}

async function readConfigMaps(walk: Walk, missing: readonly ListedKind[], listed: string | null): Promise<void> {
  const places = [...walk.guide.configMaps].sort();
  const unread = await Promise.all(places.map((place) => walk.limit(() => readConfigMap(walk, place))));
  await walk.visitor.page();
  finish(walk, 'configMaps', [listed, ...unread, guideless(missing)]);
}

function guideless(missing: readonly ListedKind[]): string | null {
  return missing.length === 0 ? null : `which ones matter is not known without ${missing.join(', ')}`;
}

async function readConfigMap(walk: Walk, place: string): Promise<string | null> {
  const [namespace = '', name = ''] = place.split('/');
  try {
    const object = await walk.api.get({ resource: resources.configMaps, namespace, name }, walk.call);
    // One with the revision label was in the list already.
    if (object.metadata.labels?.['istio.io/rev'] === undefined) visit(walk, 'configMaps', object, resources.configMaps);
    return null;
  } catch (error) {
    return error instanceof NotFound ? null : whyUnread(error, `ConfigMap ${place}`, 0);
  }
}

/** Null when the list was read to its end, or its kind is not served. */
async function readResource(
  walk: Walk,
  kind: ListedKind,
  wanted: ResourceType,
  labelSelector: string | undefined,
): Promise<string | null> {
  const found = walk.served.as(wanted);
  if (found.state === 'absent') return kinds[kind].presence === 'always' ? `${wanted.plural} are not served` : null;
  return walk.limit(async () => {
    for (let restarts = 0; ; restarts += 1) {
      const { seen, error } = await readPages(walk, kind, found.resource, labelSelector);
      if (error === null) return null;
      if (isExpired(error) && restarts < maxRestarts) startOver(walk, kind, found.resource);
      else if (error instanceof NotFound && seen === 0 && kinds[kind].presence !== 'always') return null;
      else return whyUnread(error, wanted.plural, seen);
    }
  });
}

function startOver(walk: Walk, kind: ListedKind, resource: ResourceType): void {
  if (kind === 'pods') walk.asked.clear();
  walk.visitor.restarted(kind, resource);
}

async function readPages(
  walk: Walk,
  kind: ListedKind,
  resource: ResourceType,
  labelSelector: string | undefined,
): Promise<{ seen: number; error: unknown }> {
  let seen = 0;
  const pages = walk.api.list(resource, {
    ...walk.call,
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(kinds[kind].metadataOnly === true ? { metadataOnly: true } : {}),
    project: (object) => visit(walk, kind, object, resource),
  });
  for await (const page of pagesOrError(pages)) {
    if ('error' in page) return { seen, error: page.error };
    seen += page.items.length;
    walk.objects += page.items.length;
    await walk.visitor.page();
    report(walk, kind);
  }
  return { seen, error: null };
}

// What the visitor throws must end the walk, what the list throws must not: so the list's error becomes a value.
async function* pagesOrError<T>(pages: AsyncIterable<ListPage<T>>): AsyncGenerator<ListPage<T> | { error: unknown }> {
  try {
    for await (const page of pages) yield page;
  } catch (error) {
    yield { error };
  }
}

function visit(walk: Walk, kind: ListedKind, object: KubeObject, resource: ResourceType): null {
  if (kinds[kind].keep?.(object) === false) return null;
  note(walk.guide, kind, object);
  if (kind === 'pods' && isIstiod(object)) ask(walk, object);
  walk.visitor.object(kind, object, resource);
  return null;
}

function ask(walk: Walk, object: KubeObject): void {
  const pod = projectPod(object, { intern: createInterner(), kind: 'Pod' });
  if (!shouldAnswer(pod)) return;
  const options = { signal: walk.call.signal, deadlineMs: walk.options.istiodDeadlineMs ?? 5000 };
  const key = placeOf(pod);
  const answer = walk.asked.get(key) ?? askIstiod(walk.api, pod, options);
  // Waited for when the pods are read; until then a failure must not count as unhandled.
  answer.catch(() => undefined);
  walk.asked.set(key, answer);
}

function placeOf(pod: PodFact): string {
  return `${pod.meta.namespace}/${pod.meta.name}`;
}

async function collectIstiods(walk: Walk, unread: string | null): Promise<Read<IstiodFact>> {
  const items = (await Promise.all(walk.asked.values())).sort(byPlace);
  return { items, unread: unread === null ? null : `the pods to ask were not all seen: ${unread}` };
}

function isExpired(error: unknown): boolean {
  return error instanceof Transient && error.status === 410;
}

function whyUnread(error: unknown, what: string, seen: number): string {
  if (!(error instanceof MeshliftError) || error instanceof Aborted) throw error;
  const cut = seen === 0 ? '' : `${what} are cut short after ${String(seen)}: `;
  const refused = error.errorClass === 'Blocked' && error.status !== 401 ? 'forbidden: ' : '';
  return `${cut}${refused}${explain(error)}`;
}
