/** Each kind of step once or more, on a scenario that needs it. */
import type { MoveDefault, MoveTag, StepSpec } from '../../src/steps/spec.ts';
import { without } from '../../sandbox/store/json.ts';
import { helm, young, type Lab } from './lab.ts';

/** A step, and what must have happened before it. */
export interface Case {
  readonly name: string;
  readonly scenario: string;
  /** Steps done before, without crashes. */
  readonly before: readonly StepSpec[];
  readonly spec: StepSpec;
  /** Parts of the summary in which the way back may differ from what was before. Default none. */
  readonly differs?: readonly string[];
  /** Nothing can be pointed back to what is gone. */
  readonly oneWay?: true;
}

const system = 'istio-system';
const istioctl = { owner: 'istioctl', name: '', namespace: system } as const;
const tagService = (tag: string) => ({ namespace: system, name: `istiod-revision-tag-${tag}` });

/** Upgrade of the base chart. */
export function base(from: string, defaultRevision: string): StepSpec {
  return { kind: 'upgrade-base', release: helm('istio-base'), from, to: young.version, defaultRevision };
}

/** Installation of the new revision with the settings of another. */
export function install(like: {
  readonly revision: string;
  readonly version: string;
  readonly release: string;
}): StepSpec {
  return {
    ...{ kind: 'install-control-plane', ...young, release: helm(`istiod-${young.revision}`) },
    like: { revision: like.revision, version: like.version, release: helm(like.release) },
  };
}

/** A move of a tag that istioctl made. */
export function tag(name: string, from: string, to: string, rest: Partial<MoveTag> = {}): MoveTag {
  return {
    ...{ kind: 'move-tag', tag: name, from, to, webhook: `istio-revision-tag-${name}`, service: tagService(name) },
    ...{ release: istioctl, ...rest },
  };
}

/** The default revision by validator, and by tag where the scenario has one. */
export function byDefault(from: string, owner: 'helm' | 'istioctl', tagged: boolean): MoveDefault {
  const service = (revision: string) => (revision === 'default' ? 'istiod' : `istiod-${revision}`);
  const tagParts = without(tag('default', from, young.revision), 'kind', 'from', 'to');
  return {
    ...{ kind: 'move-default', from, to: young.revision, version: young.version },
    tag: tagged ? tagParts : null,
    validator: {
      ...{ name: 'istiod-default-validator', namespace: system, fromService: service(from) },
      ...{ toService: service(young.revision), release: owner === 'helm' ? helm('istio-base') : istioctl },
    },
  };
}

/** Removal of a revision that Helm installed. */
export function removal(revision: string, version: string, release: string): StepSpec {
  return { kind: 'remove-control-plane', revision, version, namespace: system, release: helm(release) };
}

const old = { revision: '1-29-6', version: '1.29.6', release: 'istiod-1-29-6' };
const plain = { revision: 'default', version: '1.29.6', release: 'istiod' };

/** Namespace shop from the old label to the new one. */
export const shopLabels: StepSpec = {
  ...{ kind: 'label-namespace', namespace: 'shop', set: { 'istio.io/rev': young.revision } },
  ...{ remove: ['istio-injection'], before: { 'istio-injection': 'enabled' } },
};

const byIstioctl: StepSpec = {
  ...{ kind: 'install-control-plane', ...young, release: istioctl },
  like: { revision: 'default', version: '1.29.6', release: istioctl },
};

/** All of them. */
export const cases: readonly Case[] = [
  { name: 'upgrade-base', scenario: 'bookinfo', before: [], spec: base('1.29.6', '1-29-6') },
  { name: 'install-control-plane', scenario: 'bookinfo', before: [], spec: install(old) },
  {
    name: 'install-control-plane beside none',
    scenario: 'unrevisioned',
    before: [],
    spec: install(plain),
  },
  {
    ...{ name: 'install-control-plane by istioctl', scenario: 'in-place', before: [], spec: byIstioctl },
    // Newer CRDs stay: they never go down.
    differs: ['base'],
  },
  {
    ...{ name: 'move-tag', scenario: 'bookinfo', before: [install(old)] },
    spec: tag('prod', '1-29-6', young.revision),
  },
  {
    ...{ name: 'move-tag from a revision that is gone', scenario: 'debris', before: [] },
    spec: tag('prod', '1-27-2', '1-29-6', { service: null }),
    oneWay: true,
  },
  { name: 'label-namespace', scenario: 'unrevisioned', before: [install(plain)], spec: shopLabels },
  {
    ...{ name: 'move-default of the base chart', scenario: 'bookinfo' },
    ...{ before: [base('1.29.6', '1-29-6'), install(old)], spec: byDefault('1-29-6', 'helm', false) },
  },
  {
    ...{ name: 'move-default from no name', scenario: 'unrevisioned' },
    ...{ before: [base('1.29.6', 'default'), install(plain)], spec: byDefault('default', 'helm', false) },
  },
  {
    ...{ name: 'move-default of istioctl', scenario: 'in-place' },
    ...{ before: [byIstioctl], spec: byDefault('default', 'istioctl', true) },
    // The tag's Service gets the selector of Service istiod, which selects the same pods by another label.
    differs: ['services'],
  },
  {
    ...{ name: 'move-default with its tag', scenario: 'mixed-labels', before: [] },
    spec: byDefault('1-29-6', 'istioctl', true),
  },
  {
    ...{ name: 'label-gateway', scenario: 'gateways', before: [] },
    spec: { kind: 'label-gateway', namespace: 'ingress', name: 'public', revision: '1-28-6', before: null },
  },
  {
    ...{ name: 'remove-control-plane', scenario: 'bookinfo', before: [install(old)] },
    spec: removal(young.revision, young.version, `istiod-${young.revision}`),
  },
  {
    ...{ name: 'remove-control-plane of istioctl', scenario: 'in-place', before: [byIstioctl] },
    spec: { kind: 'remove-control-plane', ...young, namespace: system, release: istioctl },
  },
];

/** What a person would compare: control planes, tags, webhooks, labels. */
export async function summary(lab: Lab): Promise<Record<string, unknown>> {
  const { mesh, facts } = await lab.look();
  const { defaultRevision, components } = mesh;
  return {
    planes: mesh.controlPlanes.map(({ revision, version, replicas, readyReplicas, owner }) => {
      return { revision, version, replicas, readyReplicas, owner };
    }),
    tags: mesh.tags,
    defaultRevision,
    base: components.base,
    webhooks: mesh.webhooks.map(({ readyEndpoints: _readyEndpoints, ...webhook }) => webhook),
    namespaces: mesh.namespaces.map(({ name, labels, injection }) => ({ name, labels, injection })),
    gateways: facts.gateways.items.map(({ meta }) => [meta.name, meta.labels]),
    services: facts.services.items.map(({ meta, selector }) => ({ name: meta.name, labels: meta.labels, selector })),
  };
}
