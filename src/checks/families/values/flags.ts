/** Environment flags that this mesh sets, against those that the target knows. */
import type { Matcher } from '../../../knowledge/changes/model.ts';
import { flagChanges, type FlagChanges } from '../../../knowledge/flags.ts';
import { minorOf } from '../../../knowledge/versions.ts';
import { plural } from '../../../report/words.ts';
import type { Check, CheckView, Finding, FoundObject, Unseen } from '../../check.ts';
import { object } from './exposure.ts';
import { metChanges } from './theme.ts';

/** A control plane that runs, with the variables that its container sets. */
interface Settings {
  readonly object: FoundObject;
  readonly env: Readonly<Record<string, string>>;
}

function settings({ mesh, look }: CheckView): readonly Settings[] {
  return mesh.controlPlanes
    .filter(({ replicas }) => replicas > 0)
    .map((plane) => look.deploymentOf(plane))
    .filter((one) => one !== undefined)
    .map(({ kind, meta, template }) => ({ object: object(kind, meta), env: template.env }));
}

/** Differences of both minors; Unseen when the table of flags does not cover one of them; null when the minor stays. */
function differences(view: CheckView): FlagChanges | Unseen | null {
  const [from, to] = [minorOf(view.target?.from ?? ''), minorOf(view.target?.version ?? '')];
  if (from === null || to === null || from === to) return null;
  const { flags } = view.knowledge;
  const missing = [from, to].find((minor) => !flags.minors.includes(minor));
  const cluster = object('Cluster', { namespace: '', name: 'kubernetes' });
  if (missing !== undefined) return { object: cluster, unseen: `The flags of Istio ${missing} are not known.` };
  return flagChanges(from, to, flags);
}

const helm = (name: string): string => `pilot.env.${name}`;

// A change that looks for the variable says more about it.
function variablesIn(matcher: Matcher): readonly string[] {
  if (matcher.kind === 'any' || matcher.kind === 'all') return matcher.of.flatMap(variablesIn);
  return matcher.kind === 'env' && matcher.on === 'istiod' ? [matcher.name] : [];
}

/** A value that has no effect any more. */
export const flagsExist: Check = {
  id: 'ML-V001',
  title: 'every flag that istiod is given exists in the target',
  looksAt: 'Environment of the container discovery of every control plane, against the flags of both minors.',
  why: 'A removed flag is silently without effect: the behaviour that somebody held back with it comes with the upgrade.',
  remedy: 'Find out what the flag held back, solve that, and take the flag out of the values.',
  source: 'env.Register in istio/istio at the tags of both minors',
  severities: ['warns'],
  needs: ['target', 'deployments'],
  pains: [],
  run: (view) => {
    const changed = differences(view);
    if (changed === null) return [];
    if ('unseen' in changed) return [changed];
    const told = new Set(metChanges(view).flatMap(({ detect }) => variablesIn(detect)));
    const removed = new Map(
      changed.removed.filter(({ name }) => !told.has(name)).map(({ name, value }) => [name, value]),
    );
    return settings(view).flatMap((plane) =>
      Object.entries(plane.env)
        .filter(([name, value]) => removed.has(name) && value !== removed.get(name))
        .map(([name, value]): Finding => ({
          ...{ severity: 'warns', object: plane.object },
          ...{ field: `spec.template.spec.containers[discovery].env[${name}]`, value },
          message: `It sets ${name}=${value}, which Istio ${minorOf(view.target?.version ?? '') ?? ''} does not know any more.`,
          why: `It had the default ${removed.get(name) === '' ? '""' : (removed.get(name) ?? '')} before; what this value changed comes back with the upgrade.`,
          remedy: `Look up the flag in the release notes, and remove ${helm(name)} from the values of the istiod chart (or from spec.values of the IstioOperator)`,
        })),
    );
  },
};

/** Defaults that move under a mesh that does not pin them. */
export const defaultsArePinned: Check = {
  id: 'ML-V002',
  title: 'no flag that is left to its default gets another one',
  looksAt: 'Flags that exist in both minors with another default, and that the container discovery does not set.',
  why: 'Changed defaults are the commonest reason why an upgrade alters traffic though nobody changed anything.',
  remedy: 'Nothing, when the new default is wanted; else set the flag to its old value in the new control plane.',
  source: 'env.Register in istio/istio at the tags of both minors',
  severities: ['informs'],
  needs: ['target', 'deployments'],
  pains: [],
  run: (view) => {
    const changed = differences(view);
    if (changed === null) return [];
    if ('unseen' in changed) return [changed];
    return settings(view).flatMap((plane): Finding[] => {
      const moving = changed.changed.filter(({ name }) => !Object.hasOwn(plane.env, name));
      const [first] = moving;
      if (first === undefined) return [];
      const words = moving.map(
        ({ name, from, to }) => `${name} ${from === '' ? '""' : from} → ${to === '' ? '""' : to}`,
      );
      return [
        {
          ...{ severity: 'informs', object: plane.object, field: 'spec.template.spec.containers[discovery].env' },
          value: '',
          message: `${plural(moving.length, 'default')} that it does not set will be another: ${words.join(', ')}.`,
          why: 'The new control plane behaves by the new defaults from its first proxy on.',
          remedy: `To keep one for the time of the upgrade: helm upgrade with --set ${helm(first.name)}=${first.from}`,
        },
      ];
    });
  },
};
