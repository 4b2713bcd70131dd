/**
 * What the checks warn of on recorded clusters that were healthy, whole: each line is true of them, and of use to who runs
 * them. Those about a restart without loss (ML-F…) are measured elsewhere, against what restarts lose.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/checks/runner.ts';
import { families } from '../../src/checks/table.ts';
import type { TargetRequest } from '../../src/checks/target.ts';
import { viewOf } from '../../src/checks/view.ts';
import { readSnapshot } from '../../src/inventory/read-snapshot.ts';
import { builtInKnowledge } from '../../src/knowledge/knowledge.ts';
import { findings } from './mesh.ts';
import { inPlace, to } from './case.ts';

async function warnings(moment: string, target: TargetRequest): Promise<readonly string[]> {
  const file = fileURLToPath(new URL(`../fixtures/recorded/${moment}.json.gz`, import.meta.url));
  const { facts } = await readSnapshot(file, {
    readFile: (path: string) => readFile(path),
    exists: (path: string) => Promise.resolve(existsSync(path)),
  });
  const { view, target: resolved } = viewOf(facts, builtInKnowledge, '2026-09-01', target);
  const report = runChecks({
    ...{ table: families, view, target: resolved, selection: { families: [], ids: [] }, ignores: [] },
    ...{ takenAt: '2026-09-01T00:00:00Z', toolVersion: '0.0.0' },
  });
  return findings(report).filter((one) => !one.startsWith('informs') && !one.includes(' ML-F'));
}

// While its only pod is replaced no pod is injected and no certificate renewed: a second one costs little.
const single = (...revisions: readonly string[]): readonly string[] =>
  revisions.map(
    (revision) => `warns ML-P005 Deployment istio-system/istiod${revision === 'default' ? '' : `-${revision}`}`,
  );

const waypoint = [
  // It crashed for ever; nothing was routed through it yet, so it may go on, and whoever adds a route loses it.
  'warns ML-A018 Gateway way/waypoint',
  // istiod replaces its one pod by itself.
  'warns ML-G011 Gateway way/waypoint',
];
// 16 connections were held open there, and 16 were cut.
const replaced = 'warns ML-A003 DaemonSet istio-system/ztunnel';
// By revision it stays at the old version whatever is done: its image is in the manifest of the installer.
const ingress = 'warns ML-G008 Deployment istio-system/istio-ingressgateway';

const both = single('1-29-6', '1-30-3');

describe('warnings on recorded clusters that were healthy', () => {
  it.each<[string, TargetRequest, readonly string[]]>([
    ['canary/00-before', to('1.30.3'), single('1-29-6')],
    ['canary/10-canary-installed', to('1.30.3'), both],
    ['canary/20-tag-moved', to('1.30.3'), both],
    ['canary/30-restarted-half', to('1.30.3'), both],
    ['canary/40-all-moved', to('1.30.3'), both],
    ['canary/50-old-removed', to('1.30.3'), single('1-30-3')],
    ['inplace/00-before', inPlace('1.30.3'), single('default')],
    ['inplace/00-before', to('1.30.3'), [...single('default'), ingress]],
    ['ambient/00-before', inPlace('1.30.3'), [...single('default'), ...waypoint, replaced]],
    ['ambient/10-istiod-upgraded', inPlace('1.30.3'), [...single('default'), ...waypoint, replaced]],
    ['ambient/40-after', inPlace('1.30.3'), [...single('default'), ...waypoint]],
  ])('%s to %j', async (moment, target, expected) => {
    expect([...(await warnings(moment, target))].sort()).toEqual([...expected].sort());
  });
});
