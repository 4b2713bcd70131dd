import { describe, expect, it } from 'vitest';
import { facts, meta, read } from '../../test/mesh-facts.ts';
import { NotFound } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import type { RevisionTag } from '../mesh/control-plane-model.ts';
import type { Labels, NamespaceFact } from '../mesh/facts.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Owner } from '../mesh/model-basics.ts';
import { mesh, plane } from '../mesh/status.test-helper.ts';
import { labelGateway } from './label-gateway.ts';
import { labelNamespace } from './label-namespace.ts';
import type { LabelGateway, LabelNamespace } from './spec.ts';
import type { StepContext, View } from './step.ts';

const namespace: LabelNamespace = {
  ...{ kind: 'label-namespace', namespace: 'shop', set: { 'istio.io/rev': '1-30-3' } },
  ...{ remove: [], before: { 'istio.io/rev': '1-29-6' } },
};
const gateway: LabelGateway = {
  ...{ kind: 'label-gateway', namespace: 'shop', name: 'front', revision: '1-30-3', before: null },
};
const empty: View = { facts: facts(), mesh: mesh({}), seenAt: 0 };
const unread = { items: [], unread: 'time-out' };

describe('what was removed while the run is on its way', () => {
  it('has nothing left to be moved, forward and back', () => {
    for (const spec of [namespace, ...labelNamespace.undo(namespace)] as LabelNamespace[]) {
      expect(labelNamespace.observe(empty, spec)).toEqual({ state: 'done' });
      expect(labelNamespace.verify(empty, spec)).toEqual({ state: 'passed' });
    }
    for (const spec of [gateway, ...labelGateway.undo(gateway)] as LabelGateway[]) {
      expect(labelGateway.observe(empty, spec)).toEqual({ state: 'done' });
      expect(labelGateway.verify(empty, spec)).toEqual({ state: 'passed' });
    }
  });

  it('is not taken for removed when it was not read', () => {
    const blind = { ...empty, facts: facts({ namespaces: unread, gateways: unread }) };
    expect(labelNamespace.observe(blind, namespace).state).toBe('unknown');
    expect(labelGateway.observe(blind, gateway).state).toBe('unknown');
    expect(labelNamespace.verify(blind, namespace).state).toBe('unknown');
    expect(labelGateway.verify(blind, gateway).state).toBe('unknown');
  });

  it('is no error when it goes between the look and the write', async () => {
    const api: Pick<KubeApi, 'get'> = { get: () => Promise.reject(new NotFound('namespaces shop not found')) };
    const context = { api, signal: new AbortController().signal } as StepContext;
    await expect(labelNamespace.apply(context, namespace)).resolves.toBeUndefined();
  });
});

describe('a label that leads to a control plane', () => {
  const seen = (labels: Labels, parts: Partial<Mesh>): View => ({
    ...empty,
    facts: facts({ namespaces: read({ meta: meta('', 'shop', labels), terminating: false } as NamespaceFact) }),
    mesh: mesh({ tags: [], ...parts }),
  });
  const moved = { 'istio.io/rev': '1-30-3' };
  const [back = namespace] = labelNamespace.undo(namespace) as LabelNamespace[];
  const young = plane('1-30-3', '1.30.3');

  it('is not set while nobody would make a proxy for the new pods', () => {
    const controlPlanes = [young];
    // As when the old control plane was removed, and somebody asks for the way back.
    expect(labelNamespace.observe(seen(moved, { controlPlanes }), back)).toMatchObject({
      state: 'blocked',
      why: 'Control plane 1-29-6 does not exist: new pods of namespace shop would have no proxy.',
    });
    const starting = [young, plane('1-29-6', '1.29.6', { readyReplicas: 0 })];
    expect(labelNamespace.observe(seen(moved, { controlPlanes: starting }), back).state).toBe('waiting');
    const whole = [young, plane('1-29-6', '1.29.6')];
    expect(labelNamespace.observe(seen(moved, { controlPlanes: whole }), back)).toEqual({ state: 'ready' });
    const blind = seen(moved, { controlPlanes });
    const some = { ...blind.facts, deployments: { items: [], unread: 'time-out' } };
    expect(labelNamespace.observe({ ...blind, facts: some }, back)).toEqual({ state: 'unknown', why: 'time-out' });
    // Where it is set already, there is nothing to hold back.
    expect(labelNamespace.observe(seen(moved, { controlPlanes: [] }), namespace)).toEqual({ state: 'done' });
  });

  it('is followed through tags and the default revision', () => {
    const byTag: LabelNamespace = { ...back, set: { 'istio.io/rev': 'prod' } };
    const names = { webhook: 'istio-revision-tag-prod', service: null };
    const owner = { kind: 'istioctl', name: '', uid: '' } as unknown as Owner;
    const tags: RevisionTag[] = [{ name: 'prod', revision: '1-29-6', ...names, owner, problem: null }];
    const whole = [young, plane('1-29-6', '1.29.6')];
    expect(labelNamespace.observe(seen(moved, { tags, controlPlanes: [young] }), byTag).state).toBe('blocked');
    expect(labelNamespace.observe(seen(moved, { tags, controlPlanes: whole }), byTag)).toEqual({ state: 'ready' });
    const classic: LabelNamespace = { ...back, set: { 'istio-injection': 'enabled' } };
    const led = (byInjector: string | null) => {
      const defaultRevision = { revision: byInjector, byTag: null, byInjector, byValidator: null, injects: true };
      return labelNamespace.observe(
        seen(moved, { defaultRevision, controlPlanes: [plane('default', '1.29.6')] }),
        classic,
      );
    };
    expect(led('default')).toEqual({ state: 'ready' });
    expect(led(null)).toMatchObject({ state: 'blocked' });
  });
});
