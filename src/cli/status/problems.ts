/** What is wrong in a mesh as it stands: read off the document, each with its object and what to do next. */
import type { ControlPlaneStatus, MeshStatus, WebhookStatus } from '../../mesh/status-document.ts';
import { compareVersions } from '../../mesh/versions.ts';
import { plural, some } from '../text.ts';
import { wasRead } from './course.ts';
import type { Problem } from './problem.ts';
import { injectionProblems } from './problems-injection.ts';

/** Names of objects that a problem shows; the rest is counted. */
const SHOWN = 5;

/** All problems, bad ones first, in a fixed order. `all` names every object instead of the first few. */
export function problems(status: MeshStatus, all: boolean): Problem[] {
  const limit = all ? Number.POSITIVE_INFINITY : SHOWN;
  const found = [
    ...status.controlPlanes.flatMap(controlPlaneProblems),
    ...silentPods(status, limit),
    ...orphans(status),
    ...status.webhooks.flatMap((webhook) => webhookProblems(webhook, status)),
    ...tagProblems(status),
    ...injectionProblems(status, limit),
    ...connectionProblems(status, limit),
    ...gatewayProblems(status),
    ...componentProblems(status),
    ...ambientProblems(status, limit),
  ];
  return [
    ...found.filter(({ severity }) => severity === 'bad'),
    ...found.filter(({ severity }) => severity === 'warn'),
  ];
}

function controlPlaneProblems(plane: ControlPlaneStatus): Problem[] {
  const { namespace, deployment, revision, replicas, readyReplicas, imageVersion, runningVersions } = plane;
  const object = `Deployment ${namespace}/${deployment}`;
  const found: Problem[] = [];
  if (replicas === 0) {
    found.push({
      ...{ severity: 'bad', object, text: `Revision ${revision} is scaled to 0: it serves nobody.` },
      next: `kubectl -n ${namespace} scale deployment ${deployment} --replicas=1`,
    });
  } else if (readyReplicas < replicas) {
    const effect =
      readyReplicas === 0 ? `revision ${revision} serves nobody` : `revision ${revision} runs with less than wanted`;
    found.push({
      ...{ severity: readyReplicas === 0 ? 'bad' : 'warn', object },
      text: `${readyReplicas} of ${plural(replicas, 'replica')} ready: ${effect}.`,
      next: `kubectl -n ${namespace} describe deployment ${deployment}`,
    });
  }
  const strangers = runningVersions.filter((version) => version !== imageVersion);
  if (imageVersion !== null && strangers.length > 0) {
    found.push({
      ...{ severity: 'warn', object },
      text: `Its image is ${imageVersion}, but its pods answer ${strangers.join(', ')}: a rollout is under way or stuck.`,
      next: `kubectl -n ${namespace} rollout status deployment ${deployment} --timeout=60s`,
    });
  }
  return found;
}

// A snapshot without any answers says nothing about the pods.
function silentPods(status: MeshStatus, limit: number): Problem[] {
  if (!wasRead(status, 'istiods')) return [];
  return status.controlPlanes
    .filter(({ silent }) => silent.length > 0)
    .map(({ namespace, deployment, silent }) => ({
      severity: 'warn',
      object: `Deployment ${namespace}/${deployment}`,
      text:
        `${plural(silent.length, 'pod')} did not answer: ${some(
          silent.map(({ pod }) => pod),
          limit,
        )}. ` +
        `Whether proxies are connected to ${silent.length === 1 ? 'it' : 'them'} is not known; the reason is at the end.`,
      next: `kubectl -n ${namespace} logs ${silent[0]?.pod ?? ''} --tail=20`,
    }));
}

function orphans(status: MeshStatus): Problem[] {
  if (!wasRead(status, 'deployments')) return [];
  const served = new Set(status.controlPlanes.map((plane) => plane.revision));
  return Object.entries(status.dataPlane.byRevision)
    .filter(([revision]) => revision !== 'unknown' && !served.has(revision))
    .map(([revision, count]) => ({
      severity: 'bad',
      object: `Revision ${revision}`,
      text: `${plural(count, 'proxy', 'proxies')} of this revision ${count === 1 ? 'runs' : 'run'}, but it has no control plane: no configuration, and no new certificates when theirs expire (24 h by default).`,
      next: `install a control plane of revision ${revision} again, with the tool that installed it before`,
    }));
}

function webhookProblems(webhook: WebhookStatus, status: MeshStatus): Problem[] {
  const { kind, name, target, healthy, problem, deactivated } = webhook;
  if (deactivated || healthy !== false) return [];
  const why = problem ?? 'It is not healthy.';
  const text = why.includes(target) ? why : `It calls ${target}. ${why}`;
  return [{ severity: 'bad', object: `${kind} ${name}`, text, next: webhookRemedy(webhook, status) }];
}

function webhookRemedy({ kind, name, tag, labelledRevision, owner }: WebhookStatus, status: MeshStatus): string {
  const alive = status.controlPlanes.filter((plane) => plane.readyReplicas > 0);
  const newest = [...alive].sort((a, b) => compareVersions(b.version ?? '', a.version ?? ''))[0];
  const revision = labelledRevision ?? 'default';
  if (alive.some((plane) => plane.revision === revision)) return `kubectl get ${kind.toLowerCase()} ${name} -o yaml`;
  const back = `install a control plane of revision ${revision} again`;
  if (tag === null || newest === undefined) return back;
  const move = `istioctl tag set ${tag} --revision ${newest.revision} --overwrite`;
  return `${back}, or move the tag${owner === 'none' ? '' : ` (owner: ${owner})`}: ${move}`;
}

// A tag's sick webhook is told of already, as the object that has to be mended.
function tagProblems({ tags, webhooks }: MeshStatus): Problem[] {
  const told = new Set(webhooks.filter(({ healthy }) => healthy === false).map(({ name }) => name));
  return tags
    .filter(({ problem, webhook }) => problem !== null && (webhook === null || !told.has(webhook)))
    .map(({ name, problem }) => ({
      severity: 'bad',
      object: `Tag ${name}`,
      text: problem ?? '',
      next: 'istioctl tag list',
    }));
}

function connectionProblems({ dataPlane: { troubled }, controlPlanes }: MeshStatus, limit: number): Problem[] {
  // With no control plane at all everybody is unconnected, and that has been said.
  const lost = controlPlanes.length === 0 ? [] : troubled.filter((proxy) => !proxy.connected);
  const stale = troubled.filter((proxy) => proxy.connected);
  const found: Problem[] = [];
  const [first] = lost;
  if (first !== undefined) {
    found.push({
      ...{ severity: 'bad', object: `${plural(lost.length, 'Pod')} ${some(lost.map(podName), limit)}` },
      text: 'Every control plane was asked and none has a connection from the proxy: it gets no configuration.',
      next: `kubectl -n ${first.namespace} logs ${first.pod} -c istio-proxy --tail=20`,
    });
  }
  const [behind] = stale;
  if (behind !== undefined) {
    const types = [...new Set(stale.flatMap((proxy) => proxy.stale))].sort();
    found.push({
      ...{ severity: 'warn', object: `${plural(stale.length, 'Pod')} ${some(stale.map(podName), limit)}` },
      text: `The proxy has not confirmed what its control plane sent (${types.join(', ')}): it is slow, or it rejects it.`,
      next: `kubectl -n ${behind.namespace} logs ${behind.pod} -c istio-proxy --tail=20`,
    });
  }
  return found;
}

function podName({ namespace, pod }: { readonly namespace: string; readonly pod: string }): string {
  return `${namespace}/${pod}`;
}

function gatewayProblems({ gateways }: MeshStatus): Problem[] {
  return gateways
    .filter(({ replicas, readyReplicas }) => readyReplicas < replicas)
    .map(({ namespace, name, form, replicas, readyReplicas }) => ({
      severity: readyReplicas === 0 ? 'bad' : 'warn',
      object: `${form === 'waypoint' ? 'Waypoint' : 'Gateway'} ${namespace}/${name}`,
      text: `${readyReplicas} of ${plural(replicas, 'replica')} ready.`,
      next: `kubectl -n ${namespace} get pods`,
    }));
}

function componentProblems({ components: { cni, ztunnel } }: MeshStatus): Problem[] {
  const found: Problem[] = [];
  for (const part of [cni, ztunnel]) {
    if (part === null) continue;
    const object = `DaemonSet ${part.namespace}/${part.name}`;
    if (part.ready < part.desired) {
      const text = `${part.ready} of ${plural(part.desired, 'pod')} ready.`;
      const next = `kubectl -n ${part.namespace} rollout status daemonset ${part.name} --timeout=60s`;
      found.push({ severity: part.ready === 0 ? 'bad' : 'warn', object, text, next });
    }
    const versions = Object.entries(part.versions);
    if (versions.length > 1) {
      const text = `Pods of several versions run: ${versions.map(([version, count]) => `${count} of ${version}`).join(', ')}.`;
      const next = part.strategy === 'OnDelete' ? `strategy OnDelete: old pods stay until somebody deletes them` : null;
      found.push({ severity: 'warn', object, text, next });
    }
  }
  if (ztunnel !== null && ztunnel.notConnected > 0) {
    const text = `${plural(ztunnel.notConnected, 'ztunnel')} not connected to any control plane.`;
    const next = `kubectl -n ${ztunnel.namespace} logs daemonset/${ztunnel.name} --tail=20`;
    found.push({ severity: 'bad', object: `DaemonSet ${ztunnel.namespace}/${ztunnel.name}`, text, next });
  }
  return found;
}

function ambientProblems({ ambient }: MeshStatus, limit: number): Problem[] {
  const nodes = (names: readonly string[], what: string): Problem[] =>
    names.length === 0
      ? []
      : [
          {
            severity: 'bad',
            object: `${plural(names.length, 'Node')} ${some(names, limit)}`,
            text: `Pods of ambient namespaces run here without a ready ${what}: they have no traffic, and new ones cannot start.`,
            next: `kubectl -n istio-system get pods -o wide`,
          },
        ];
  const { pending, nodesWithoutZtunnel, nodesWithoutCni } = ambient;
  const waiting: Problem[] = [
    {
      severity: 'bad',
      object: `${plural(pending.length, 'Pod')} ${some(pending, limit)}`,
      text: 'Enrolment in the ambient mesh is pending: no traffic until the istio-cni of the node has done it.',
      next: null,
    },
  ];
  return [
    ...nodes(nodesWithoutZtunnel, 'ztunnel'),
    ...nodes(nodesWithoutCni, 'istio-cni'),
    ...(pending.length > 0 ? waiting : []),
  ];
}
