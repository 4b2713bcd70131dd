import { describe, expect, it } from 'vitest';
import { ends, made, namespaced, request, shop } from '../../test/planner/request.ts';
import type { InjectionCode, InjectionDecision } from '../mesh/injection-model.ts';
import { labelStep, placeOf, routeOf, tagStep } from './route.ts';

const asked = request(shop([made('Deployment', 'web', '1.29.6')]));
const both = ends(asked);

function decision(code: InjectionCode, more: Partial<InjectionDecision> = {}): InjectionDecision {
  return { outcome: 'injected', revision: '1-29-6', tag: null, code, reason: '', matched: [], ...more };
}

describe('routeOf', () => {
  it.each<[InjectionCode, ReturnType<typeof routeOf>]>([
    ['namespace-revision', { by: 'namespace' }],
    ['namespace-injection-enabled', { by: 'namespace' }],
    ['pod-revision', { by: 'template' }],
    ['pod-inject', { by: 'template' }],
    ['auto', { by: 'template' }],
  ])('%s of the old revision', (code, route) => {
    expect(routeOf(decision(code), both)).toEqual(route);
    expect(routeOf(decision(code, { tag: 'default' }), both)).toEqual(route);
    expect(routeOf(decision(code, { tag: 'prod' }), both)).toEqual({ by: 'tag', tag: 'prod' });
  });

  it.each<InjectionDecision['outcome']>(['none', 'fails', 'overlap', 'unknown'])('leads nowhere when %s', (outcome) => {
    expect(routeOf(decision('namespace-revision', { outcome }), both)).toBeNull();
  });

  it('is done when the new revision injects already, by whatever way', () => {
    expect(routeOf(decision('pod-revision', { revision: '1-30-3' }), both)).toEqual({ by: 'done' });
    expect(routeOf(decision('namespace-revision', { revision: '1-30-3', tag: 'prod' }), both)).toEqual({ by: 'done' });
  });

  it('leads nowhere for a third revision', () => {
    expect(routeOf(decision('namespace-revision', { revision: '1-28-0' }), both)).toBeNull();
    expect(routeOf(decision('namespace-revision', { revision: null }), both)).toBeNull();
  });
});

describe('labelStep', () => {
  it.each([
    [{ 'istio.io/rev': '1-29-6' }, [], { 'istio.io/rev': '1-29-6' }],
    [{ 'istio-injection': 'enabled' }, ['istio-injection'], { 'istio-injection': 'enabled' }],
    [
      { 'istio-injection': 'enabled', 'istio.io/rev': 'x', team: 'a' },
      ['istio-injection'],
      { 'istio-injection': 'enabled', 'istio.io/rev': 'x' },
    ],
    [{ team: 'a' }, [], {}],
  ])('of %j sets the revision and takes the old label away', (labels, remove, before) => {
    expect(labelStep({ name: 'shop', labels }, both)).toEqual({
      kind: 'label-namespace',
      namespace: 'shop',
      set: { 'istio.io/rev': '1-30-3' },
      remove,
      before,
    });
  });
});

describe('tagStep', () => {
  it('names the objects of the tag', () => {
    expect(tagStep(asked.view.mesh, 'prod', both)).toMatchObject({
      kind: 'move-tag',
      tag: 'prod',
      from: '1-29-6',
      to: '1-30-3',
      webhook: 'istio-revision-tag-prod',
      service: null,
    });
  });

  it('is none for a tag that is not known, or that has no webhook to move', () => {
    expect(tagStep(asked.view.mesh, 'other', both)).toBeNull();
    const tags = asked.view.mesh.tags.map((tag) => ({ ...tag, webhook: null }));
    expect(tagStep({ ...asked.view.mesh, tags }, 'prod', both)).toBeNull();
  });

  it('names its Service with the namespace', () => {
    const tags = asked.view.mesh.tags.map((tag) => ({ ...tag, service: 'istio-system/istiod-tag' }));
    expect(tagStep({ ...asked.view.mesh, tags }, 'prod', both)?.service).toEqual({
      namespace: 'istio-system',
      name: 'istiod-tag',
    });
    expect(placeOf(null)).toBeNull();
  });
});

describe('routes of a mesh', () => {
  it('are found for labels of every kind', () => {
    const namespaces = [
      namespaced('shop', { 'istio.io/rev': 'prod' }),
      namespaced('direct', { 'istio.io/rev': '1-29-6' }),
      namespaced('plain'),
    ];
    const own = made('Deployment', 'own', '1.29.6', { namespace: 'plain' });
    const labelled = {
      ...own,
      fact: { ...own.fact, template: { ...own.fact.template, labels: { 'istio.io/rev': '1-29-6' } } },
    };
    const workloads = [
      made('Deployment', 'web', '1.29.6'),
      made('Deployment', 'api', '1.29.6', { namespace: 'direct' }),
      labelled,
    ];
    const { view } = request(shop(workloads, namespaces));
    const found = view.mesh.workloads.map(({ name, injection }) => [name, routeOf(injection, both)?.by]);
    expect(Object.fromEntries(found)).toMatchObject({ web: 'tag', api: 'namespace', own: 'template' });
  });
});
