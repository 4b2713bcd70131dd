import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fastMesh, type FastMesh } from '../../../test/cli/fast-mesh.ts';
import { resources } from '../../kube/resources.ts';
import type { UpgradePlan } from '../../planner/plan.ts';
import { isIntact } from '../../planner/plan-upgrade.ts';

let mesh: FastMesh;
afterEach(() => mesh.close());

const limit = { timeout: 60_000 };

it('shows what the tool would do; the digest covers it; twice the same', limit, async () => {
  mesh = await fastMesh('unrevisioned');
  expect((await mesh.plan()).code).toBe(0);
  const text = (await readFile(mesh.file('plan.yaml'))).toString();
  const plan = parse(text) as UpgradePlan;
  expect(plan.previews?.map(({ step }) => step)).toEqual(['upgrade-base/1.30.3', 'install-control-plane/1-30-3']);
  expect(isIntact(plan)).toBe(true);
  expect(isIntact({ ...plan, previews: [] })).toBe(false);

  const json = await mesh.run('plan', '--to', '1.30.3', '-f', mesh.file('policy.yaml'), '-o', 'json');
  const again = JSON.parse(json.out) as UpgradePlan;
  expect({ ...again, createdAt: '', run: '', digest: '' }).toEqual({ ...plan, createdAt: '', run: '', digest: '' });
  const without = await mesh.run('plan', '--to', '1.30.3', '--no-preview', '-o', 'json');
  expect((JSON.parse(without.out) as UpgradePlan).previews).toBeUndefined();
  expect(mesh.writes).toEqual([]);
});

it(
  'is blocked by findings, which the policy may ignore with a reason; of two hops the first is planned',
  limit,
  async () => {
    mesh = await fastMesh('workload-zoo');
    const { code, out, err } = await mesh.run('plan', '--to', '1.31.0');
    expect(code).toBe(3);
    expect(err).toMatch(/3 findings block the upgrade of default to 1\.31\.0\.\n {2}.*meshlift check --explain ML-/);
    const asJson = await mesh.run('plan', '--to', '1.31.0', '-o', 'json');
    expect(asJson.code).toBe(3);
    const refusal = JSON.parse(asJson.out) as { refused: string; findings: readonly { id: string }[] };
    expect(refusal.refused).toMatch(/^3 findings block the upgrade/);
    expect(refusal.findings.map(({ id }) => id)).toContain('ML-D002');
    const events = await mesh.run('upgrade', '--to', '1.31.0', '--yes', '-o', 'json');
    expect(events).toMatchObject({ code: 3, out: '' });
    expect(events.err).toContain('ML-D002 blocks');
    const ids = [...out.matchAll(/^(ML-\w+) blocks {2}/gm)].map(([, id]) => id ?? '');
    expect(ids).toHaveLength(3);

    const ignored = [...new Set(ids)].map((id) => `  - { id: ${id}, reason: it is a test }`);
    const text = ['apiVersion: meshlift.dev/v1alpha1', 'kind: UpgradePolicy', 'ignore:', ...ignored, ''].join('\n');
    await writeFile(mesh.file('policy.yaml'), text);
    const planned = await mesh.run('plan', '--to', '1.31.0', '-f', mesh.file('policy.yaml'));
    expect(planned).toMatchObject({ code: 0, err: '' });
    expect(planned.out).toMatch(/Hops +1\.28\.6 to (1\.30\.\d+), then \1 to 1\.31\.0\n +This plan holds the first one/);
    expect(planned.out).toMatch(/Stage install: Control plane 1-30-\d+/);
    expect(planned.out).not.toContain('Control plane 1-31-0');
    expect(planned.out).toContain('(ignored: it is a test)');
  },
);

it('what the policy calls graceful is no finding of requests that a restart loses', limit, async () => {
  mesh = await fastMesh('unrevisioned');
  const found = async (graceful: boolean): Promise<readonly string[]> => {
    const overrides = `overrides: [{ select: { namespaces: [shop] }, graceful: ${String(graceful)} }]`;
    await mesh.plan(overrides);
    const plan = parse((await readFile(mesh.file('plan.yaml'))).toString()) as UpgradePlan;
    return plan.findings.filter(({ id }) => id === 'ML-F002').map(({ object, ignored }) => `${object}: ${ignored}`);
  };
  expect(await found(false)).toEqual(['StatefulSet shop/orders: ']);
  expect(await found(true)).toEqual(['StatefulSet shop/orders: the policy calls it graceful']);
});

it('a recorded cluster can be planned for, not applied to', limit, async () => {
  mesh = await fastMesh('unrevisioned');
  expect((await mesh.run('snapshot', 'save', mesh.file('mesh.snapshot'))).code).toBe(0);
  const argv = ['plan', '--to', '1.30.3', '--snapshot', mesh.file('mesh.snapshot'), '--out', mesh.file('plan.yaml')];
  const { code, out } = await mesh.run(...argv);
  expect(code).toBe(0);
  expect(out).not.toContain('Preview');
  expect(out).toContain('This plan is for a recorded cluster.');
  const applied = await mesh.run('apply', mesh.file('plan.yaml'), '--yes');
  expect(applied.code).toBe(2);
  expect(applied.err).toContain('The plan is for a recorded cluster');
});

it('an owner that meshlift does not drive: the change to make there, and exit code 4', limit, async () => {
  mesh = await fastMesh('unrevisioned');
  const { store } = mesh.stage.cluster;
  const name = 'istiod';
  const annotations = { 'argocd.argoproj.io/tracking-id': 'istiod:apps/Deployment:istio-system/istiod' };
  for (const { metadata } of [...store.all(resources.deployments)].filter((one) => one.metadata.name === name)) {
    store.patch({ resource: resources.deployments, namespace: 'istio-system', name }, 'merge', {
      metadata: { annotations: { ...metadata.annotations, ...annotations } },
    });
  }
  const { code, err } = await mesh.run('plan', '--to', '1.30.3');
  expect(code).toBe(4);
  expect(err).toMatch(/meshlift does not change control plane 1-30-3.*\n {2}\S.*then make a new plan/);
});
