/** Checks made of behaviour changes: which of them the way to the target meets, and where the mesh is exposed to them. */
import { changesBetween, revertIn } from '../../../knowledge/changes/between.ts';
import type { BehaviourChange } from '../../../knowledge/changes/model.ts';
import { minorOf, minorsBetween } from '../../../knowledge/versions.ts';
import { plural } from '../../../report/words.ts';
import type { Check, CheckView, Finding, FoundObject, Severity, Unseen } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { listed } from '../data-plane/words.ts';
import { evaluate } from './evaluate.ts';
import { object } from './exposure.ts';

/** A check over some changes. `needs` and `run` come from them. */
export interface Theme extends Omit<Check, 'needs' | 'run' | 'source'> {
  /** Ids of changes; a function for those that no list names. */
  readonly changes: readonly string[] | ((id: string) => boolean);
  /** Changes whose exposure ends in certain loss, or stops the upgrade. */
  readonly blocking?: readonly string[];
}

/** Severity of a change that does not block: a person decides about what alters traffic, and need only know of the rest. */
const severities: Readonly<Record<BehaviourChange['severity'], Severity>> = {
  high: 'warns',
  medium: 'warns',
  low: 'informs',
};

/** The check: one finding for each change and namespace. */
export function themeCheck({ changes, blocking = [], ...rest }: Theme): Check {
  const includes = typeof changes === 'function' ? changes : (id: string) => changes.includes(id);
  return {
    ...rest,
    source: 'istio.io news/releases, change and upgrade notes; releasenotes/notes in istio/istio',
    needs: ['target'],
    run: (view) =>
      metChanges(view)
        .filter(({ id }) => includes(id))
        .flatMap((change) =>
          report(change, blocking.includes(change.id) ? 'blocks' : severities[change.severity], view),
        ),
  };
}

/**
 * Changes that come with the hops to the target, and whose old behaviour is not kept by a setting; without a way, those between
 * both ends. One that the way takes back counts too: that alters the behaviour as well.
 */
export function metChanges(view: CheckView): readonly BehaviourChange[] {
  const met = legsOf(view).flatMap(({ from, to }) =>
    changesBetween(from, to, view.knowledge.changes).filter(
      ({ change, direction }) => direction === 'arrives' || change.until !== null,
    ),
  );
  return [...new Set(met.map(({ change }) => change))].filter((change) => !isKept(change, view));
}

/** The hops to the target; without a way, both its ends; nothing when the version stays or where it starts is not known. */
export function legsOf({ target }: CheckView): readonly { readonly from: string; readonly to: string }[] {
  if (target === null || target.from === null || target.from === target.version) return [];
  return target.hops.length > 0 ? target.hops : [{ from: target.from, to: target.version }];
}

/** Whether every control plane that runs has the setting that restores the old behaviour, and the target still obeys it. */
function isKept(change: BehaviourChange, view: CheckView): boolean {
  const { mesh, look, target } = view;
  const revert = target === null ? null : revertIn(target.version, change);
  const planes = mesh.controlPlanes.filter(({ replicas }) => replicas > 0);
  if (revert === null || planes.length === 0) return false;
  if (revert.by === 'env') {
    const [name = '', value = ''] = revert.setting.split('=');
    return planes.every((plane) => look.deploymentOf(plane)?.template.env[name] === value);
  }
  if (revert.by !== 'compatibility') return false;
  const versions = planes.map(({ revision }) => valuesOf(view, revision)['compatibilityVersion'] ?? '');
  return versions.every((version) => (minorsBetween(version, revert.setting) ?? -1) >= 0);
}

/** Known Helm values of a revision: of its injector, else of its values ConfigMap. */
export function valuesOf({ facts }: CheckView, revision: string): Readonly<Record<string, string>> {
  const suffix = revision === 'default' ? '' : `-${revision}`;
  const named = (name: string) => facts.configMaps.items.find(({ meta }) => meta.name === `${name}${suffix}`)?.values;
  return { ...named('istio-sidecar-injector'), ...named('values') };
}

function report(change: BehaviourChange, severity: Severity, view: CheckView): readonly (Finding | Unseen)[] {
  const { state, objects, why } = evaluate(change.detect, view);
  if (state === 'unknown') {
    return [{ object: planeOf(view), unseen: `${sinceOf(change, view)}: ${change.title}. ${why.join(' ')}` }];
  }
  if (state !== 'exposed') return [];
  return places(objects).map(([place, found]) => ({
    ...{ severity, object: place, field: '', value: change.id },
    message: `${sinceOf(change, view)}: ${change.title} (${namesOf(found)}).`,
    why: `What happens: ${change.effect}`,
    remedy: remedyOf(change, view),
    source: change.source,
  }));
}

/** Most places that are told one by one. */
const most = 20;

// Where it is one object, that one; where there are several in a namespace, the namespace; where there are very many, the cluster.
function places(objects: readonly FoundObject[]): readonly (readonly [FoundObject, readonly FoundObject[]])[] {
  const cluster = object('Cluster', { namespace: '', name: 'kubernetes' });
  const groups = [...groupBy(objects, ({ kind, namespace }) => (namespace === '' ? `${kind}/` : namespace))];
  if (groups.length > most) return [[cluster, objects]];
  return groups.map(([, found]) => {
    const [first] = found;
    if (first !== undefined && found.length === 1) return [first, found] as const;
    const namespace = first?.namespace ?? '';
    return [namespace === '' ? cluster : object('Namespace', { namespace: '', name: namespace }), found] as const;
  });
}

function namesOf(objects: readonly FoundObject[]): string {
  const kinds = [...groupBy(objects, ({ kind }) => kind)];
  return kinds
    .map(([kind, all]) => {
      const names = all.map(({ namespace, name }) => (namespace === '' ? name : `${namespace}/${name}`));
      return all.length === 1 ? `${kind} ${names[0] ?? ''}` : `${plural(all.length, kind)}: ${listed(names)}`;
    })
    .join('; ');
}

/** The version that brings it, among the lines that the way crosses: 'From 1.30.0 on'. */
export function sinceOf({ since, until }: BehaviourChange, { target }: CheckView): string {
  const line = since.find((first) => minorOf(first) === minorOf(target?.version ?? '')) ?? since.at(-1) ?? '';
  return until === null ? `From ${line} on` : `From ${line} until ${until}`;
}

/** What to do, and what keeps the old behaviour where something does in the target. */
export function remedyOf(change: BehaviourChange, { target }: CheckView): string {
  const revert = target === null ? null : revertIn(target.version, change);
  if (revert === null) return change.remedy;
  const end = revert.until === null ? '' : ` (without effect from ${revert.until} on)`;
  const ways = {
    env: `--set pilot.env.${revert.setting} in the values of the new istiod`,
    proxy: `${revert.setting} for the proxies`,
    compatibility: `--set compatibilityVersion=${revert.setting} in the values of every chart`,
    value: `the value ${revert.setting}`,
  } as const;
  return `${change.remedy} The old behaviour stays with ${ways[revert.by]}${end}.`;
}

/** The control plane that the upgrade leaves, as the object of what no other object shows. */
export function planeOf({ mesh, target }: CheckView): FoundObject {
  const plane = mesh.controlPlanes.find(({ revision }) => revision === target?.fromRevision);
  if (plane === undefined) return object('Cluster', { namespace: '', name: 'kubernetes' });
  return object('Deployment', { namespace: plane.namespace, name: plane.deployment });
}
