import { describe, expect, it } from 'vitest';
import { kinds, listedKinds } from '../inventory/kinds.ts';
import { resources } from '../kube/resources.ts';
import { stepKindOf } from '../steps/kinds.ts';
import type { StepKindName, StepSpec } from '../steps/spec.ts';
import { covers } from './covers.test-helper.ts';
import { needsOf, roleNames, type RoleName } from './needs.ts';
import { rightOf, type Right } from './right.ts';
import { rolesOf, type Rule } from './roles.ts';
import { samples } from './samples.test-helper.ts';

const roles = (role: RoleName, revision: string | null = null) =>
  rolesOf({ role, namespace: 'istio-system', revision });
const rulesOf = (role: RoleName): readonly Rule[] => roles(role).flatMap(({ rules }) => rules);

const reading = (resource: string, group: string, namespace = ''): Right => {
  return { verb: 'list', group, resource, subresource: '', namespace, name: '' };
};

/** Kinds of steps that only an installer can carry out: the owner's tool does the rest of them. */
const installers: readonly StepKindName[] = ['remove-control-plane'];

describe('rules of every role', () => {
  it.each(roleNames)('%s: lists every kind that the inventory lists, but for Secrets', (role) => {
    const wanted = listedKinds.flatMap((kind) => kinds[kind].resources).filter(({ plural }) => plural !== 'secrets');
    const missing = wanted.filter(({ plural, group }) => !covers(roles(role), reading(plural, group)));

    expect(wanted.length).toBeGreaterThan(40);
    expect(missing).toEqual([]);
  });

  it.each(roleNames)('%s: no wildcard, and every rule has verbs', (role) => {
    const words = rulesOf(role).flatMap((rule) => Object.values(rule).flat() as string[]);

    expect(words).not.toContain('*');
    expect(rulesOf(role).filter(({ verbs }) => verbs.length === 0)).toEqual([]);
  });

  // An installer's charts are made of what a mover changes as well.
  it.each(['observer', 'mover'] as const)('%s: no right stands in it twice', (role) => {
    const all = needsOf(role).flatMap(({ scope, group, resources: names, verbs }) =>
      names.flatMap((name) => verbs.map((verb) => `${scope} ${verb} ${name}.${group}`)),
    );

    expect(all.filter((one, index) => all.indexOf(one) !== index)).toEqual([]);
  });

  it('each has all rules of those before it', () => {
    const [observer, mover, installer] = roleNames.map((role) => rulesOf(role).map((rule) => JSON.stringify(rule)));

    expect(mover).toEqual(expect.arrayContaining(observer ?? []));
    expect(installer).toEqual(expect.arrayContaining(mover ?? []));
  });
});

describe('the observer', () => {
  it('reads only: get and list, and port-forwards to the control plane', () => {
    const writes = needsOf('observer').filter(({ verbs }) => verbs.some((verb) => verb !== 'get' && verb !== 'list'));

    expect(writes).toMatchObject([{ scope: 'control-plane', resources: ['pods/portforward'] }]);
  });
});

describe.each(['observer', 'mover'] as const)('%s', (role) => {
  it('has nothing by which it could get more than it has', () => {
    const rules = rulesOf(role);
    const resourceWords = rules.flatMap((rule) => rule.resources ?? []);
    const verbWords = rules.flatMap(({ verbs }) => verbs);

    expect(['escalate', 'bind', 'impersonate', 'deletecollection'].filter((verb) => verbWords.includes(verb))).toEqual(
      [],
    );
    const forbidden =
      /^(secrets|pods\/(exec|attach|proxy|ephemeralcontainers)|.*\/token|(cluster)?role(binding)?s|nodes\/.*)$/;
    expect(resourceWords.filter((name) => forbidden.test(name))).toEqual([]);
  });
});

describe('writes', () => {
  const entries = Object.entries(samples) as [StepKindName, readonly StepSpec[]][];

  it.each(entries)('of kind %s are covered by the lowest role that can carry it out', (kind, specs) => {
    const role = installers.includes(kind) ? 'installer' : 'mover';
    const rights = specs.flatMap((spec) => stepKindOf(spec).writes(spec)).map((write) => rightOf(write));

    expect(rights.filter((right) => right !== null && !covers(roles(role), right))).toEqual([]);
    expect(specs.length).toBeGreaterThan(0);
  });

  it("of an installer are not the mover's", () => {
    const [spec] = samples['remove-control-plane'];
    const rights =
      spec === undefined
        ? []
        : stepKindOf(spec)
            .writes(spec)
            .map((write) => rightOf(write));

    expect(rights.filter((right) => right !== null && !covers(roles('mover'), right))).not.toEqual([]);
  });

  it('of the run itself, in the namespace of the control plane alone', () => {
    const own = ['leases', 'configmaps'].flatMap((resource) =>
      ['create', 'get', 'patch'].map((verb) => {
        const group = resource === 'leases' ? 'coordination.k8s.io' : '';
        return { verb, group, resource, subresource: '', namespace: 'istio-system', name: '' };
      }),
    );

    expect(own.filter((right) => !covers(roles('mover'), right))).toEqual([]);
    expect(covers(roles('mover'), { ...reading('configmaps', '', 'shop'), verb: 'patch' })).toBe(false);
  });
});

describe('rightOf', () => {
  it('names rights as RBAC does', () => {
    const at = { namespace: 'shop', name: 'web-*' };

    expect(rightOf({ verb: 'evict', resource: 'pods', ...at })).toEqual({
      ...{ verb: 'create', group: '', resource: 'pods', subresource: 'eviction', namespace: 'shop', name: '' },
    });
    expect(rightOf({ verb: 'dry-run', resource: 'virtualservices.networking.istio.io', ...at })).toEqual({
      ...{
        verb: 'create',
        group: 'networking.istio.io',
        resource: 'virtualservices',
        subresource: '',
        namespace: 'shop',
        name: '',
      },
    });
    const named = { verb: 'delete', resource: 'namespaces', namespace: '', name: 'a' } as const;
    expect(rightOf(named)).toMatchObject({ verb: 'delete', name: 'a' });
    expect(rightOf({ ...named, verb: 'create' })).toMatchObject({ verb: 'create', name: '' });
    expect(rightOf({ verb: 'tool', resource: 'helm', ...at })).toBeNull();
  });
});

describe('a revision', () => {
  const deletions = (revision: string | null) =>
    roles('mover', revision)
      .flatMap(({ rules }) => rules)
      .filter(({ resources: names, verbs }) => names?.includes('namespaces') === true && verbs.includes('delete'));

  it('narrows the deletion of namespaces to that of its proof', () => {
    expect(deletions('1-30-3')).toMatchObject([{ resourceNames: ['meshlift-proof-1-30-3'], verbs: ['delete'] }]);
    expect(deletions(null)).toEqual([{ apiGroups: [''], resources: ['namespaces'], verbs: ['delete'] }]);
  });

  it("does not narrow what it can't: a name is not known to the server when an object is created", () => {
    const named = roles('mover', '1-30-3').flatMap(({ rules }) => rules.filter((rule) => rule.resourceNames));

    expect(named.flatMap(({ verbs }) => verbs)).toEqual(['delete']);
    expect(resources.namespaces.namespaced).toBe(false);
  });
});
