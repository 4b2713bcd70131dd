/** Whether validation of Istio's configuration answers, and answers right: asked with dry runs, which store nothing. */
import { InvalidInput, MeshliftError, NotFound, Transient, explain } from '../errors.ts';
import type { KubeObject, ResourceType } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import { revisionKey } from '../mesh/keys.ts';
import { servedKind } from './change.ts';
import type { StepContext } from './step.ts';

const host = 'meshlift-proof.invalid';
const notServed = 'VirtualServices are not served: the CRDs of Istio are missing';

function virtualService(namespace: string, name: string, revision: string | null, spec: object): KubeObject {
  const labels = revision === null ? {} : { [revisionKey]: revision };
  return { metadata: { name, namespace, labels }, spec: { ...spec } };
}

/**
 * Creates a valid and an invalid VirtualService in dry run. With `revision` the validator of that revision is asked too;
 * without, the default one.
 * @returns null when the first was taken and the second refused; else what went wrong
 * @throws Blocked (no right), Aborted
 */
export async function configAnswers(
  context: StepContext,
  namespace: string,
  revision: string | null,
): Promise<string | null> {
  return (await validTaken(context, namespace, revision)) ?? (await invalidRefused(context, namespace, revision));
}

/** The first half of `configAnswers`: null when a valid VirtualService is taken. @throws the same */
export async function validTaken(
  context: StepContext,
  namespace: string,
  revision: string | null,
): Promise<string | null> {
  const resource = await servedKind(context, resources.virtualServices);
  if (resource === null) return notServed;
  const spec = { hosts: [host], http: [{ route: [{ destination: { host } }] }] };
  const good = await dryRun(context, resource, virtualService(namespace, 'meshlift-proof-valid', revision, spec));
  return good === null ? null : `a valid VirtualService was refused: ${explain(good)}`;
}

/**
 * The second half: null when an invalid VirtualService is refused by a validator. It fits the CRD's schema and lacks all routes,
 * which only istiod refuses (pkg/config/validation). @throws the same
 */
export async function invalidRefused(
  context: StepContext,
  namespace: string,
  revision: string | null,
): Promise<string | null> {
  const resource = await servedKind(context, resources.virtualServices);
  if (resource === null) return notServed;
  const object = virtualService(namespace, 'meshlift-proof-invalid', revision, { hosts: [host] });
  const bad = await dryRun(context, resource, object);
  if (bad === null) return 'an invalid VirtualService was taken';
  // Only a webhook's own verdict counts: a dead webhook refuses everything.
  return /denied the request/.test(bad.message) ? null : `nobody judged an invalid VirtualService: ${explain(bad)}`;
}

async function dryRun(context: StepContext, resource: ResourceType, object: KubeObject): Promise<MeshliftError | null> {
  try {
    await context.api.create(resource, object, { dryRun: true, signal: context.signal });
    return null;
  } catch (error) {
    const isVerdict = error instanceof InvalidInput || error instanceof Transient || error instanceof NotFound;
    const isDenial = error instanceof MeshliftError && error.message.includes('denied the request');
    if (isVerdict || isDenial) return error;
    throw error;
  }
}

/** The dry runs of `configAnswers`, for the plan. */
export function configWrites(namespace: string) {
  return ['valid', 'invalid'].map((kind) => ({
    ...{ verb: 'dry-run' as const, resource: 'virtualservices.networking.istio.io', namespace },
    ...{
      name: `meshlift-proof-${kind}`,
      what: kind === 'valid' ? 'a valid VirtualService' : 'an invalid VirtualService',
    },
  }));
}
