/** Server-side dry runs of pods like those of the affected namespaces, through the injector of the new revision. */
import { Blocked, InvalidInput, explain } from '../errors.ts';
import type { KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import { plural } from './plural.ts';
import { injectedProxy, likeWorkload, plainTemplate, templatesIn, type PodShape } from './proof-pods.ts';
import type { ProveControlPlane } from './spec.ts';
import type { StepContext, View } from './step.ts';
import { waitFor } from './wait.ts';

/** @throws Blocked naming the namespace whose pods would not get the revision and version that they should */
export async function proveInjection(context: StepContext, view: View, spec: ProveControlPlane): Promise<void> {
  let tried = 0;
  for (const namespace of spec.namespaces) {
    const templates = templatesIn(view, namespace);
    for (const [index, template] of (templates.length > 0 ? templates : [plainTemplate]).entries()) {
      await proveTemplate(context, spec, { namespace, index, template });
      tried += 1;
    }
  }
  context.evidence(
    'injection',
    `${plural(tried, 'pod')} in dry run got revision ${spec.revision} and proxy ${spec.version}`,
  );
}

interface Case {
  readonly namespace: string;
  readonly index: number;
  readonly template: PodShape;
}

async function proveTemplate(context: StepContext, spec: ProveControlPlane, { namespace, index, template }: Case) {
  const pod = likeWorkload(template, `meshlift-proof-like-${namespace}-${String(index)}`, spec.revision);
  const object = `injection for namespace ${namespace}`;
  const remedy = `Compare ConfigMap istio-sidecar-injector-${spec.revision} with that of the old revision.`;
  // Before 1.31 istiod can be ready a moment before its webhook port is (release note 61049).
  await waitFor(context, { object, until: 'answers', seconds: 30, remedy }, async () => {
    const result = await dryRunPod(context, pod);
    const wrong = result instanceof InvalidInput ? explain(result) : whatIsWrong(result, spec);
    if (wrong === null) return null;
    throw new Blocked(`A pod like those of namespace ${namespace}: ${wrong}`, { object, remedy });
  });
}

/** The pod as admission would store it; InvalidInput is a refusal of the pod itself. @throws Transient, Blocked, Aborted */
export async function dryRunPod(context: StepContext, pod: KubeObject): Promise<KubeObject | InvalidInput> {
  try {
    return await context.api.create(resources.pods, pod, { dryRun: true, signal: context.signal });
  } catch (error) {
    if (error instanceof InvalidInput) return error;
    throw error;
  }
}

function whatIsWrong(pod: KubeObject, { revision, version }: ProveControlPlane): string | null {
  const proxy = injectedProxy(pod);
  if (proxy === null || proxy.revision === null) return 'it got no proxy.';
  if (proxy.revision !== revision) return `its proxy was made by revision ${proxy.revision}, not ${revision}.`;
  if (proxy.version === version) return null;
  return `its proxy would run image ${proxy.image}, not version ${version}.`;
}
