/** Control planes: every istiod Deployment, also one without replicas or beside another of the same revision. */
import { autoscalerOf, budgetOf, includesLabels, servicesOf } from './attachments.ts';
import type { ControlPlane, Webhook } from './control-plane-model.ts';
import type { Facts, IstiodFact, PodFact, WorkloadFact } from './facts.ts';
import { revisionKey, tagKey } from './keys.ts';
import { ownerOf } from './owner.ts';
import { compareNatural, compareVersions, imageVersion, serverVersion } from './versions.ts';

const DISCOVERY = 'discovery';

/** Control planes, sorted by revision, namespace, name. `webhooks` tell which of several Services is the one that is used. */
export function controlPlanes(facts: Facts, webhooks: readonly Webhook[]): ControlPlane[] {
  return facts.deployments.items
    .filter(isIstiod)
    .map((deployment) => controlPlane(facts, webhooks, deployment))
    .sort(
      (a, b) =>
        compareNatural(a.revision, b.revision) ||
        compareNatural(a.namespace, b.namespace) ||
        compareNatural(a.deployment, b.deployment),
    );
}

/** Whether a workload is istiod: by the charts' labels, else by its container. */
function isIstiod({ meta, template, istiodRevision }: WorkloadFact): boolean {
  if (meta.labels['app'] === 'istiod' || meta.labels['istio'] === 'pilot') return true;
  const image = template.images[DISCOVERY];
  // Other software names a container `discovery` too.
  return image !== undefined && (image.includes('pilot') || istiodRevision !== '');
}

function controlPlane(facts: Facts, webhooks: readonly Webhook[], deployment: WorkloadFact): ControlPlane {
  const { namespace, name, labels } = deployment.meta;
  const revision = labels[revisionKey] || deployment.istiodRevision || 'default';
  const fromImage = imageVersion(deployment.template.images[DISCOVERY] ?? '');
  const pods = podsOf(facts, deployment);
  const running = runningVersions(facts, pods);
  const config = meshConfigOf(facts, namespace, revision);
  return {
    revision,
    namespace,
    deployment: name,
    version: bestVersion(running, fromImage),
    imageVersion: fromImage,
    runningVersions: running,
    replicas: deployment.replicas,
    readyReplicas: deployment.readyReplicas,
    owner: ownerOf(deployment.meta, facts.helmReleases),
    service: serviceName(facts, webhooks, deployment),
    autoscaler: autoscalerOf(facts, deployment),
    budget: budgetOf(facts, deployment),
    meshConfig: config?.mesh ?? null,
    meshConfigHash: config?.meshHash ?? '',
    caRootHash: caRootHash(facts, namespace, revision),
    pods: pods.map((pod) => answerOf(facts, pod)),
  };
}

function podsOf(facts: Facts, deployment: WorkloadFact): readonly PodFact[] {
  const { namespace } = deployment.meta;
  if (Object.keys(deployment.selector).length === 0) return [];
  return facts.pods.items
    .filter((pod) => pod.meta.namespace === namespace && includesLabels(pod.meta.labels, deployment.selector))
    .filter((pod) => pod.phase !== 'Succeeded' && pod.phase !== 'Failed')
    .sort((a, b) => compareNatural(a.meta.name, b.meta.name));
}

function istiodFact(facts: Facts, pod: PodFact): IstiodFact | undefined {
  return facts.istiods.items.find((one) => one.namespace === pod.meta.namespace && one.pod === pod.meta.name);
}

function runningVersions(facts: Facts, pods: readonly PodFact[]): readonly string[] {
  const answers = pods.map((pod) => istiodFact(facts, pod)?.version ?? null);
  const versions = answers.map((text) => (text === null ? null : serverVersion(text)));
  return [...new Set(versions.filter((version) => version !== null))].sort(compareVersions);
}

// In the middle of a rollout both versions answer: the one that is being rolled out is what is meant.
function bestVersion(running: readonly string[], fromImage: string | null): string | null {
  if (fromImage !== null && running.includes(fromImage)) return fromImage;
  return running.at(-1) ?? fromImage;
}

function answerOf(facts: Facts, pod: PodFact): ControlPlane['pods'][number] {
  const fact = istiodFact(facts, pod);
  const answered = fact !== undefined && fact.version !== null && fact.syncz !== null;
  const why = fact ? fact.error || 'no answer' : (facts.istiods.unread ?? 'not asked');
  return { name: pod.meta.name, ready: pod.ready, answered, error: answered ? '' : why };
}

function serviceName(facts: Facts, webhooks: readonly Webhook[], deployment: WorkloadFact): string | null {
  // A tag has a Service of its own with the same selector.
  const candidates = servicesOf(facts, deployment).filter((service) => service.meta.labels[tagKey] === undefined);
  const targets = new Set(webhooks.filter((webhook) => webhook.tag === null).map((webhook) => webhook.target));
  const names = candidates.map((service) => service.meta.name).sort(compareNatural);
  const { namespace, name } = deployment.meta;
  const used = names.find((candidate) => targets.has(`${namespace}/${candidate}`));
  return used ?? names.find((candidate) => candidate === name) ?? names[0] ?? null;
}

function meshConfigOf(facts: Facts, namespace: string, revision: string) {
  const name = revision === 'default' ? 'istio' : `istio-${revision}`;
  return facts.configMaps.items.find((one) => one.meta.namespace === namespace && one.meta.name === name);
}

function caRootHash(facts: Facts, namespace: string, revision: string): string | null {
  const hash = facts.mutatingWebhooks.items
    .filter(({ meta }) => meta.labels[revisionKey] === revision && meta.labels[tagKey] === undefined)
    .flatMap((config) => config.webhooks)
    .find((webhook) => webhook.service?.namespace === namespace && webhook.caHash !== '')?.caHash;
  if (hash !== undefined) return hash;
  const published = facts.configMaps.items.find(
    ({ meta }) => meta.namespace === namespace && meta.name === 'istio-ca-root-cert',
  );
  return published?.rootCertHash || null;
}
