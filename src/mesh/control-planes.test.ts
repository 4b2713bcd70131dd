import { describe, expect, it } from 'vitest';
import { autoscalerFact, budgetFact, configMapFact } from '../../test/fact-defaults.ts';
import {
  answer,
  cluster,
  facts,
  injector,
  meta,
  plane,
  pod,
  read,
  service,
  template,
  workload,
} from '../../test/mesh-facts.ts';
import { controlPlanes } from './control-planes.ts';
import type { BudgetFact, ConfigMapFact, Facts } from './facts.ts';
import { resolveWebhooks } from './webhooks.ts';

const planes = (given: Facts) => controlPlanes(given, resolveWebhooks(given));
const both = (given: Partial<Facts> = {}) =>
  cluster([plane('1.30.3'), plane('1.29.6')], [injector('1.29.6'), injector('1.30.3')], given);

function first(given: Facts) {
  const [one] = planes(given);
  if (!one) throw new Error('no control plane');
  return one;
}

describe('which', () => {
  it('lists each revision, by number', () => {
    expect(planes(both()).map((one) => one.revision)).toEqual(['1-29-6', '1-30-3']);
  });

  it('lists both of two Deployments of one revision, and one without replicas', () => {
    const labels = { app: 'istiod', 'istio.io/rev': 'default' };
    const other = workload('Deployment', 'other', 'istiod', { meta: meta('other', 'istiod', labels), replicas: 0 });
    const here = workload('Deployment', 'istio-system', 'istiod', { meta: meta('istio-system', 'istiod', labels) });
    const found = planes(facts({ deployments: read(other, here) }));
    expect(found.map((one) => [one.revision, one.namespace, one.replicas])).toEqual([
      ['default', 'istio-system', 1],
      ['default', 'other', 0],
    ]);
  });

  it('finds an unlabelled one by its container, but not other software with a container of that name', () => {
    const istiod = template({ images: { discovery: 'mirror/pilot:1.29.6' } });
    const foreign = template({ images: { discovery: 'mirror/zookeeper:3' } });
    const deployments = read(
      workload('Deployment', 'mesh', 'cp', { template: istiod, istiodRevision: 'blue' }),
      workload('Deployment', 'mesh', 'zoo', { template: foreign }),
    );
    expect(planes(facts({ deployments })).map((one) => [one.deployment, one.revision])).toEqual([['cp', 'blue']]);
  });

  it('calls it default without label and env', () => {
    const found = first(
      facts({
        deployments: read(workload('Deployment', 'x', 'istiod', { meta: meta('x', 'istiod', { istio: 'pilot' }) })),
      }),
    );
    expect(found).toMatchObject({
      revision: 'default',
      imageVersion: null,
      version: null,
      service: null,
      budget: null,
    });
  });
});

describe('version', () => {
  it('is what the pods answer, else the image', () => {
    expect(first(both()).version).toBe('1.29.6');
    const silent = { ...answer('1.29.6'), version: null, syncz: null, error: 'time-out' };
    const one = first(both({ istiods: read(silent) }));
    expect(one).toMatchObject({ version: '1.29.6', runningVersions: [] });
    expect(one.pods).toEqual([{ name: 'istiod-1-29-6-0', ready: true, answered: false, error: 'time-out' }]);
  });

  it('in the middle of a rollout is that of the template once it answers', () => {
    const old = { ...answer('1.29.6'), pod: 'old', version: '1.30.0-1.30.0-Clean' };
    const extra = pod('istio-system', 'old', {
      meta: meta('istio-system', 'old', { app: 'istiod', 'istio.io/rev': '1-29-6' }),
    });
    const rolling = first(both({ pods: read(extra), istiods: read(old, answer('1.29.6')) }));
    expect(rolling).toMatchObject({ version: '1.29.6', runningVersions: ['1.29.6', '1.30.0'] });
    expect(first(both({ pods: read(extra), istiods: read(old) })).version).toBe('1.30.0');
  });

  it('says why a pod was not asked', () => {
    const one = first(both({ istiods: { items: [], unread: 'a plain list has no answers' } }));
    expect(one.pods[0]).toMatchObject({ answered: false, error: 'a plain list has no answers' });
  });
});

describe('surroundings', () => {
  const selector = { app: 'istiod', 'istio.io/rev': '1-29-6' };

  it('takes the Service that the webhook calls, not that of a tag', () => {
    const tagMeta = meta('istio-system', 'a-tag', { 'istio.io/tag': 'prod' });
    const services = read(
      service('istio-system', 'a-tag', selector, { meta: tagMeta }),
      service('istio-system', 'a-copy', selector),
      service('elsewhere', 'istiod-1-29-6', selector),
    );
    expect(first(both({ services })).service).toBe('istiod-1-29-6');
    const renamed = { ...both(), services };
    expect(first(renamed).service).toBe('a-copy');
    expect(
      first({ ...renamed, services: read(service('istio-system', 'a-tag', selector, { meta: tagMeta })) }).service,
    ).toBeNull();
  });

  it('finds autoscaler and budget', () => {
    const autoscalers = read(autoscalerFact(meta('istio-system', 'x'), 'istiod-1-29-6', { current: 2 }));
    const budget = (name: string, disruptionsAllowed: number, namespace = 'istio-system') =>
      budgetFact(meta(namespace, name), {
        selector: { matchLabels: selector, matchExpressions: [] },
        disruptionsAllowed,
      });
    const nothing = { ...budget('nothing', 0), selector: null };
    const budgets = read<BudgetFact>(budget('loose', 2), budget('tight', 1), budget('elsewhere', 0, 'shop'), nothing);
    const [one, two] = planes(both({ autoscalers, budgets }));
    expect(one).toMatchObject({
      autoscaler: { min: 1, max: 5, current: 2 },
      budget: { name: 'tight', disruptionsAllowed: 1 },
    });
    expect(two).toMatchObject({ autoscaler: null, budget: null });
  });

  it('reads the mesh config of its revision', () => {
    const map = (name: string, given: Partial<ConfigMapFact> = {}): ConfigMapFact =>
      configMapFact(meta('istio-system', name), given);
    const root = map('istio-ca-root-cert', { rootCertHash: 'bb22' });
    const configMaps = read(
      map('istio', { meshHash: 'other' }),
      map('istio-1-29-6', { mesh: { a: 1 }, meshHash: 'h' }),
      root,
    );
    expect(first(both({ configMaps }))).toMatchObject({
      meshConfig: { a: 1 },
      meshConfigHash: 'h',
      caRootHash: 'aa11',
    });
    const bare = cluster([plane('1.29.6')], [injector('1.30.3'), injector('1.29.6', 'prod')], { configMaps });
    expect(first(bare).caRootHash).toBe('bb22');
    expect(first({ ...bare, configMaps: read() }).caRootHash).toBeNull();
  });
});
