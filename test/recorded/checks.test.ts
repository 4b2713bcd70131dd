import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/checks/runner.ts';
import { objectName } from '../../src/checks/selection.ts';
import { families } from '../../src/checks/table.ts';
import type { TargetRequest } from '../../src/checks/target.ts';
import { viewOf } from '../../src/checks/view.ts';
import { readSnapshot } from '../../src/inventory/read-snapshot.ts';
import { builtInKnowledge } from '../../src/knowledge/knowledge.ts';

/** 'severity id object' of every finding at a recorded moment. */
async function findings(moment: string, request: TargetRequest | null): Promise<readonly string[]> {
  const file = fileURLToPath(new URL(`../fixtures/recorded/${moment}.json.gz`, import.meta.url));
  const io = {
    readFile: (path: string) => readFile(path),
    exists: (path: string) => Promise.resolve(existsSync(path)),
  };
  const { facts } = await readSnapshot(file, io);
  const { view, target } = viewOf(facts, builtInKnowledge, '2026-09-01', request);
  const report = runChecks({
    ...{ table: families, view, target, selection: { families: [], ids: [] }, ignores: [] },
    ...{ takenAt: '2026-09-01T00:00:00Z', toolVersion: '0.0.0' },
  });
  return report.families
    .flatMap(({ checks }) => checks)
    .flatMap(({ id, findings: found }) =>
      found.map(({ severity, object }) => `${severity} ${id} ${objectName(object)}`),
    );
}

const revision = { to: '1.30.3', strategy: 'revision' } as const;
const inPlace = { to: '1.30.3', strategy: 'in-place' } as const;
const healthy = [
  ...['00-before', '10-canary-installed', '20-tag-moved', '30-restarted-half', '40-all-moved', '50-old-removed'].map(
    (moment) => [`canary/${moment}`, revision] as const,
  ),
  ['inplace/00-before', inPlace] as const,
  ['inplace/00-before', revision] as const,
  ...['00-before', '10-istiod-upgraded', '40-after'].map((moment) => [`ambient/${moment}`, inPlace] as const),
];

describe('healthy recorded clusters', () => {
  it.each(healthy)('%s to %j: nothing blocks', async (moment, request) => {
    const found = await findings(moment, request);
    expect(found.filter((one) => one.startsWith('blocks'))).toEqual([]);
  });
});

describe('the recorded cluster whose control plane was removed while in use', () => {
  it('shows the validator and the tag that lead nowhere', async () => {
    const found = await findings('broken/control-plane-removed-in-use', null);
    expect(found).toContain('blocks ML-W001 ValidatingWebhookConfiguration istiod-default-validator');
    expect(found).toContain('blocks ML-R001 MutatingWebhookConfiguration istio-revision-tag-prod');
  });
});
