/**
 * Twelve states of a mesh in which upgrades are known to have failed, G1 to G12: what is asserted about detection is found,
 * with its very object, and is not when one thing is otherwise. docs/check.md says where the rest is shown.
 */
import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../sandbox/scenarios/types.ts';
import { to, type GoldenCase } from './case.ts';
import { gatewayCases } from './gateways.ts';
import { installationCases } from './installations.ts';
import { checked, findings, goOn, staged } from './mesh.ts';
import { webhookCases } from './webhooks.ts';
import { workloadCases } from './workloads.ts';
import { envoyFilters } from '../../sandbox/scenarios/golden/envoy-filters.ts';
import { primary } from '../../sandbox/scenarios/golden/primary-remote.ts';
import { resources } from '../../sandbox/store/resources.ts';
import { bookinfo } from '../../sandbox/scenarios/bookinfo.ts';

const all: readonly GoldenCase[] = [...webhookCases, ...workloadCases, ...gatewayCases, ...installationCases];

async function foundIn({ scenario, more, target }: Pick<GoldenCase, 'scenario' | 'more' | 'target'>) {
  const stage = await staged(scenario);
  if (more.length > 0) await goOn(stage, more);
  return findings(await checked(stage, target));
}

const before = new Map<string, Promise<readonly string[]>>();

/** Before it is mended; cases of one state share it. */
function foundBefore(one: GoldenCase): Promise<readonly string[]> {
  const key = JSON.stringify([one.scenario.name, one.more, one.target]);
  const known = before.get(key) ?? foundIn(one);
  before.set(key, known);
  return known;
}

describe('detection', () => {
  it.each(all.map((one) => [one.golden, one.found, one.assert, one] as const))('%s: %s (%s)', async (...row) => {
    const one = row[3];
    expect(await foundBefore(one)).toContain(one.found);
    const { more, twin, target } = one;
    const mended = 'to' in twin ? { ...one, target: twin } : { ...one, target, more: [...more, ...twin] };
    expect(await foundIn(mended)).not.toContain(one.found);
  });

  it('covers G1 to G12', () => {
    const names = Array.from({ length: 12 }, (_unused, index) => `G${String(index + 1)}`);
    expect([...new Set(all.map(({ golden }) => golden))].sort()).toEqual(names.sort());
  });
});

describe('G12: a new revision with another root', () => {
  const found = 'blocks ML-P013 Deployment istio-system/istiod-1-30-3';
  const own = { resource: resources.mutatingWebhooks, name: 'istio-sidecar-injector-1-30-3' };
  const root = `-----BEGIN CERTIFICATE-----\n${Buffer.from('another root').toString('base64')}\n-----END CERTIFICATE-----\n`;

  it('is found by what its istiod writes into its webhooks, before a workload moves', async () => {
    const stage = await staged(primary);
    const install = [{ chart: 'istiod', version: '1.30.3', revision: '1-30-3' }] as const;
    await goOn(stage, [{ do: 'install', install }]);
    const seen = async () => findings(await checked(stage, to('1.30.3')));
    expect(await seen()).not.toContain(found);

    // All istiods of the sandbox sign with one root: until this one looks again, there stands what one with its own would write.
    const value = Buffer.from(root).toString('base64');
    const { length } = (stage.cluster.store.get(own) as unknown as { webhooks: readonly unknown[] }).webhooks;
    const patch = Array.from({ length }, (_unused, index) => ({
      ...{ op: 'replace', path: `/webhooks/${String(index)}/clientConfig/caBundle`, value },
    }));
    stage.cluster.store.patch(own, 'json', patch);
    expect(await seen()).toContain(found);

    await goOn(stage, []);
    expect(await seen()).not.toContain(found);
  });
});

describe('what is well', () => {
  const blocks = async (scenario: Scenario): Promise<readonly string[]> =>
    (await foundIn({ scenario, more: [], target: { to: '1.30.3', strategy: 'revision' } })).filter((one) =>
      one.startsWith('blocks'),
    );

  it('G9 (f): the harmless filter is found by nothing', async () => {
    const target = { to: '1.30.3', strategy: 'revision' } as const;
    const found = await foundIn({ scenario: envoyFilters, more: [], target });
    expect(found.filter((one) => one.endsWith('EnvoyFilter istio-system/idle-timeout'))).toEqual([]);
  });

  it('a mesh without any of it is not blocked', async () => {
    expect(await blocks(bookinfo)).toEqual([]);
  });
});
