/** The sandbox in place of helm and istioctl: installations are asked for by creating objects of a kind of its own. */
import { createHash } from 'node:crypto';
import { Blocked, Conflict, NotFound, Transient } from '../errors.ts';
import { record, text } from '../inventory/json.ts';
import type { KubeApi, KubeObject, ResourceType } from '../kube/api.ts';
import { served } from '../kube/resources.ts';
import type { Release } from '../steps/spec.ts';
import type { Clock } from '../steps/step.ts';
import type { Installer, InstallPreview, InstallRequest } from './installer.ts';

/** Also known to the sandbox, which this room does not. */
const kind: ResourceType = {
  group: 'sandbox.meshlift.dev',
  version: 'v1',
  plural: 'installations',
  kind: 'Installation',
  namespaced: false,
};

/** What the adapter works with. */
export interface SandboxDeps {
  readonly api: KubeApi;
  readonly clock: Clock;
}

/** Whether the server is a sandbox: it serves the kind. @throws Aborted */
export async function isSandbox(api: KubeApi, signal: AbortSignal): Promise<boolean> {
  return (await served(api, { signal })).as(kind).state === 'served';
}

/**
 * An installer that has the sandbox do it. A request has a name by its content, so that a run that was killed finds the request
 * that it made; one that is finished is made anew, because the same may be wanted again after a way back.
 */
export function sandboxInstaller(deps: SandboxDeps): Installer {
  return {
    name: 'the sandbox',
    preview: (request) => Promise.resolve(previewOf(request)),
    install: (request, signal) => carriedOut(deps, specOf(request), signal),
    remove: async (release, revision, signal) => {
      try {
        await carriedOut(deps, { remove: true, ...place(release), revision }, signal);
      } catch (error) {
        if (!(error instanceof Blocked) || !error.message.includes('release: not found')) throw error;
      }
    },
  };
}

type Spec = Readonly<Record<string, unknown>>;

function place({ name, namespace }: Release): Spec {
  return { release: name, namespace };
}

function specOf(request: InstallRequest): Spec {
  const { chart, version, release } = request;
  if (request.chart === 'base') return { chart, version, ...place(release), defaultRevision: request.defaultRevision };
  const { revision, tags, like } = request;
  return { chart, version, ...place(release), revision, tags, like: like === null ? null : place(like) };
}

function previewOf(request: InstallRequest): InstallPreview {
  const { release, version, chart } = request;
  const name = release.name === '' ? 'istioctl' : `${release.namespace}/${release.name}`;
  const like = request.chart === 'istiod' && request.like !== null ? request.like : null;
  const carried = like === null ? 'values stay as they are' : `values of ${like.namespace}/${like.name || 'istioctl'}`;
  return { command: `sandbox: install chart ${chart} ${version} as ${name}`, values: [carried], objects: [] };
}

function nameOf(spec: Spec): string {
  const verb = spec['remove'] === true ? 'remove' : `install-${text(spec['chart'])}`;
  const hash = createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 10);
  return `${verb}-${hash}`;
}

/** Milliseconds between two looks, and until it must be done. */
const times = { step: 200, limit: 60_000 };

async function carriedOut({ api, clock }: SandboxDeps, spec: Spec, signal: AbortSignal): Promise<void> {
  const name = nameOf(spec);
  await asked(api, { metadata: { name }, spec }, signal);
  for (const end = clock.now() + times.limit; ;) {
    const object = await api.get({ resource: kind, name }, { signal });
    const { phase, message } = record(object['status']);
    if (phase === 'done') return;
    if (phase === 'failed') {
      throw new Blocked(`The sandbox refused: ${text(message)}.`, {
        object: `Installation ${name}`,
        remedy: 'Correct what it names.',
      });
    }
    if (clock.now() >= end) {
      const remedy = 'See whether the sandbox still runs.';
      throw new Transient(`The sandbox did not carry out ${name} in a minute.`, {
        object: `Installation ${name}`,
        remedy,
      });
    }
    await clock.sleep(times.step, signal);
  }
}

async function asked(api: KubeApi, object: KubeObject, signal: AbortSignal): Promise<void> {
  const ref = { resource: kind, name: object.metadata.name };
  try {
    const present = await api.get(ref, { signal });
    if (record(present['status'])['phase'] === undefined) return;
    const { uid } = present.metadata;
    await api.delete(ref, { signal, ...(uid !== undefined && { uid }) });
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
  try {
    await api.create(kind, object, { signal });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
}
