/** Who still uses a revision: it may be removed only when nobody does. */
import type { Facts, FactKind } from '../mesh/facts.ts';
import { fullName, injectionKey, revisionKey } from '../mesh/keys.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { ownerOf } from '../mesh/owner.ts';
import { proofNamespace } from './proof-names.ts';
import type { View } from './step.ts';

/** Something that uses a revision, or could and was not seen. */
export interface User {
  /** 'proxy', 'namespace', 'workload', 'tag', 'webhook', 'gateway', 'component', 'remote proxy', 'remote secret', 'not seen'. */
  readonly what: string;
  readonly name: string;
  /** It goes by itself, or may be seen the next time: what is waited for, and what nobody needs to move. */
  readonly passing: boolean;
}

const validatorName = 'istiod-default-validator';

type Part = (view: View, revision: string) => readonly User[];

/**
 * Everything that would lose something if the revision were removed, by kind, each once. What could not be read counts as a
 * user: unknown is not nobody.
 */
export function usersOf(view: View, revision: string): User[] {
  const seen = withoutProof(view, proofNamespace(revision));
  const all = parts.flatMap((part) => part(seen, revision));
  return [...new Map(all.map((user) => [`${user.what} ${user.name}`, user])).values()];
}

const needed: readonly FactKind[] = [
  'pods',
  'namespaces',
  'deployments',
  'statefulSets',
  'daemonSets',
  'rollouts',
  'cronJobs',
  'services',
  'mutatingWebhooks',
  'validatingWebhooks',
  'gateways',
  'istiods',
  'remoteSecrets',
];

const parts: readonly Part[] = [
  ({ mesh }, revision) => proxies(mesh, revision),
  ({ mesh, facts }, revision) => remoteProxies(mesh, facts, revision),
  ({ mesh }, revision) =>
    mesh.namespaces
      .filter(({ labels, injection }) => labels[revisionKey] === revision || injection.revision === revision)
      .map(({ name, labels }) => user('namespace', `${name} (${decidingLabel(labels)})`)),
  ({ mesh }, revision) =>
    mesh.workloads
      .filter(({ injection }) => injection.revision === revision)
      .map(({ kind, namespace, name }) => user('workload', `${kind} ${namespace}/${name}`)),
  ({ facts }, revision) =>
    [facts.deployments, facts.statefulSets, facts.daemonSets, facts.rollouts, facts.cronJobs]
      .flatMap(({ items }) => items)
      .filter(({ template, meta }) => template.labels[revisionKey] === revision && !isIstiod(meta.labels))
      .map(({ kind, meta }) => user('workload', `${kind} ${fullName(meta)}`)),
  ({ mesh }, revision) => mesh.tags.filter((tag) => tag.revision === revision).map(({ name }) => user('tag', name)),
  ({ mesh }, revision) => webhooks(mesh, revision),
  ({ mesh }, revision) =>
    mesh.gateways
      .filter(({ effectiveRevision, revisions }) => effectiveRevision === revision || revisions.includes(revision))
      .map(({ form, namespace, name }) => user('gateway', `${namespace}/${name} (${form})`)),
  ({ facts }, revision) => components(facts, revision),
  ({ facts }, revision) =>
    facts.remoteSecrets.items
      .filter(({ meta }) => meta.labels[revisionKey] === revision)
      .map(({ meta }) => user('remote secret', fullName(meta))),
  ({ facts }, revision) => notSeen(facts, revision),
];

/** What meshlift's own proof left is removed with the revision, and is nobody. */
function withoutProof({ mesh, facts, seenAt }: View, place: string): View {
  const isOthers = ({ namespace }: { readonly namespace: string }): boolean => namespace !== place;
  const istiods = facts.istiods.items.map((one) => ({ ...one, syncz: one.syncz?.filter(isOthers) ?? null }));
  return {
    mesh: {
      ...mesh,
      proxies: mesh.proxies.filter(isOthers),
      workloads: mesh.workloads.filter(isOthers),
      namespaces: mesh.namespaces.filter(({ name }) => name !== place),
    },
    facts: { ...facts, istiods: { ...facts.istiods, items: istiods } },
    seenAt,
  };
}

function user(what: string, name: string, passing = false): User {
  return { what, name, passing };
}

function isIstiod(labels: Readonly<Record<string, string>>): boolean {
  return labels['app'] === 'istiod';
}

function decidingLabel(labels: Readonly<Record<string, string>>): string {
  const keys = [injectionKey, revisionKey].filter((key) => labels[key] !== undefined);
  return keys.map((key) => `${key}=${labels[key] ?? ''}`).join(', ') || 'no label';
}

function proxies(mesh: Mesh, revision: string): User[] {
  return mesh.proxies.flatMap(({ namespace, pod, revision: made, connectedTo, deleting }) => {
    const name = `${namespace}/${pod}`;
    if (made === revision || connectedTo?.revision === revision) return [user('proxy', name, deleting)];
    return made === null && connectedTo === null ? [user('proxy', `${name} (of unknown revision)`, deleting)] : [];
  });
}

/** Proxies that are connected and have no pod here: in another cluster or on a virtual machine. */
function remoteProxies(mesh: Mesh, facts: Facts, revision: string): User[] {
  const here = new Set(mesh.proxies.map(({ namespace, pod }) => `${namespace}/${pod}`));
  return facts.istiods.items
    .filter((istiod) => istiod.revision === revision)
    .flatMap(({ syncz }) => syncz ?? [])
    .map(({ namespace, pod }) => `${namespace}/${pod}`)
    .filter((name) => !here.has(name))
    .map((name) => user('remote proxy', name));
}

/** Webhooks that lead to it and would stay behind: all but its own, which go with it. */
function webhooks(mesh: Mesh, revision: string): User[] {
  const plane = mesh.controlPlanes.filter((one) => one.revision === revision);
  const services = new Set(plane.map(({ namespace, service }) => `${namespace}/${service ?? ''}`));
  return mesh.webhooks
    .filter(({ target, revision: behind, labelledRevision }) => {
      return services.has(target) || behind === revision || labelledRevision === revision;
    })
    .filter(
      ({ name, tag, labelledRevision }) => name === validatorName || tag !== null || labelledRevision !== revision,
    )
    .map(({ name, kind }) => user('webhook', `${kind} ${name}`));
}

/** `istioctl uninstall --revision` takes every object with the label of the revision: also CNI, ztunnel and gateways. */
function components(facts: Facts, revision: string): User[] {
  return [...facts.daemonSets.items, ...facts.deployments.items]
    .filter(({ meta }) => meta.labels[revisionKey] === revision && !isIstiod(meta.labels))
    .filter(({ meta }) => ownerOf(meta, facts.helmReleases).kind === 'istioctl')
    .map(({ kind, meta }) => user('component', `${kind} ${fullName(meta)}`));
}

/** A right that is missing does not come by itself. */
const noRight = /^forbidden/;

function notSeen(facts: Facts, revision: string): User[] {
  const lists = needed.flatMap((kind) => {
    const { unread } = facts[kind];
    return unread === null ? [] : [user('not seen', `${kind}: ${unread}`, !noRight.test(unread))];
  });
  const silent = facts.istiods.items
    .filter((istiod) => istiod.revision === revision && istiod.syncz === null)
    .map(({ namespace, pod, error }) => user('not seen', `proxies of istiod ${namespace}/${pod}: ${error}`, true));
  return [...lists, ...silent];
}
