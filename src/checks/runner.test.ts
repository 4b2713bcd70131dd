import { describe, expect, it } from 'vitest';
import { facts, plane, read } from '../../test/mesh-facts.ts';
import { notRead } from '../../test/facts.ts';
import type { Check, Family, Finding, Unseen } from './check.ts';
import { runChecks, type CheckRun } from './runner.ts';
import { builtInKnowledge } from '../knowledge/knowledge.ts';
import { viewOf } from './view.ts';
import type { Facts } from '../mesh/facts.ts';
import type { TargetRequest } from './target.ts';

const object = { kind: 'Deployment', namespace: 'shop', name: 'web' };
const finding = (over: Partial<Finding> = {}): Finding => ({
  ...{ severity: 'warns', object, field: '', value: '', message: 'It is.', why: 'So it is.', remedy: 'Change it.' },
  ...over,
});

function check(id: string, over: Partial<Check> = {}): Check {
  return {
    ...{ id, title: `${id} holds`, looksAt: 'x', why: 'x', remedy: 'x', source: 'the check', severities: ['warns'] },
    ...{ needs: [], pains: [], run: () => [], ...over },
  };
}

const table = (...checks: Check[]): Family[] => [{ name: 'webhooks', title: 'Webhooks', checks }];

function run(checks: readonly Check[], over: Partial<CheckRun> = {}, given: Facts = facts(), to?: TargetRequest) {
  const { view, target } = viewOf(given, builtInKnowledge, '2026-09-01', to ?? null);
  return runChecks({
    ...{ table: table(...checks), view, target, selection: { families: [], ids: [] }, ignores: [] },
    ...{ takenAt: '2026-09-01T00:00:00Z', toolVersion: '0', ...over },
  });
}

const only = (...given: Parameters<typeof run>) => run(...given).families[0]?.checks[0];
const to = { to: '1.30.3', strategy: 'revision' } as const;

describe('runChecks', () => {
  it('passes what finds nothing, and gives findings the source of their check', () => {
    expect(only([check('ML-W001')])).toMatchObject({ state: 'passed', severity: null, page: 'docs/checks/ML-W001.md' });
    const found = only([check('ML-W001', { run: () => [finding(), finding({ source: 'its own' })] })]);
    expect(found?.findings.map(({ source }) => source)).toEqual(['the check', 'its own']);
  });

  it('puts the worst first and takes its severity', () => {
    const all = [finding({ severity: 'informs' }), finding({ severity: 'blocks' }), finding()];
    const found = only([check('ML-W001', { run: () => all })]);
    expect(found?.severity).toBe('blocks');
    expect(found?.findings.map(({ severity }) => severity)).toEqual(['blocks', 'warns', 'informs']);
  });

  it('skips a check whose facts were not read, and does not run it', () => {
    const blind = facts({ nodes: notRead('403 Forbidden') });
    const never = check('ML-W001', {
      needs: ['nodes', 'pods'],
      run: () => {
        throw new Error('ran');
      },
    });
    expect(only([never], {}, blind)).toMatchObject({ state: 'skipped', reason: 'could not see nodes (403 Forbidden)' });
    const noVersion = { ...facts(), kubernetesVersion: null };
    const versioned = check('ML-W001', { needs: ['kubernetesVersion'] });
    expect(only([versioned], {}, noVersion)?.reason).toBe('could not see the version of Kubernetes');
  });

  it('tells a target that nobody gave from one that nobody knows', () => {
    const wants = check('ML-W001', { needs: ['target'] });
    expect(only([wants])).toMatchObject({ state: 'not-asked' });
    expect(only([wants], {}, facts(), { to: '1.99.0', strategy: 'revision' })).toMatchObject({ state: 'skipped' });
    const report = run([wants], {}, facts(), { to: '1.99.0', strategy: 'revision' });
    expect(report.target).toMatchObject({ version: '1.99.0', known: false });
    expect(only([wants], {}, facts(), to)).toMatchObject({ state: 'passed' });
  });

  it('never takes what could not be judged for fine', () => {
    const unseen: Unseen = { object, unseen: 'its istiod did not answer' };
    const found = only([check('ML-W001', { run: () => [unseen] })]);
    expect(found).toMatchObject({ state: 'unseen', unseen: [{ object, why: 'its istiod did not answer' }] });
    expect(only([check('ML-W001', { run: () => [unseen, finding()] })])).toMatchObject({ state: 'found' });
    const ignores = [{ id: 'ML-W001', object: '', reason: 'known' }];
    expect(only([check('ML-W001', { run: () => [unseen, finding()] })], { ignores })).toMatchObject({
      state: 'unseen',
    });
  });

  it('ignores by check, or by object, and tells of an ignore that meets nothing', () => {
    const other = finding({ object: { ...object, name: 'api' } });
    const checks = [check('ML-W001', { run: () => [finding(), other] }), check('ML-W002')];
    const ignores = [
      { id: 'ml-w001', object: 'Deployment shop/web', reason: 'agreed' },
      { id: 'ML-W002', object: '', reason: 'old' },
    ];
    const report = run(checks, { ignores });
    const [first] = report.families[0]?.checks ?? [];
    expect(first).toMatchObject({ state: 'found', ignored: [{ object, reason: 'agreed' }] });
    expect(first?.findings.map((one) => one.object.name)).toEqual(['api']);
    expect(report.unusedIgnores).toEqual([{ id: 'ML-W002', object: '', reason: 'old' }]);
    expect(report.counts).toMatchObject({ warns: 1, ignoredFindings: 1, found: 1, passed: 1 });
    const all = run(checks, { ignores: [{ id: 'ML-W001', object: '', reason: 'all' }] });
    expect(all.families[0]?.checks[0]).toMatchObject({ state: 'ignored', severity: null });
  });

  it('selects by id and by family together, and refuses what it does not know', () => {
    const checks = [check('ML-W001'), check('ML-W002')];
    const ids = (selection: CheckRun['selection']): string[] =>
      run(checks, { selection }).families.flatMap((family) => family.checks.map(({ id }) => id));
    expect(ids({ families: [], ids: ['ml-w002'] })).toEqual(['ML-W002']);
    expect(ids({ families: ['webhooks'], ids: ['ML-W002'] })).toEqual(['ML-W001', 'ML-W002']);
    expect(() => ids({ families: [], ids: ['ML-W009'] })).toThrow('check ML-W009 is not known.');
    expect(() => ids({ families: ['webhoks'], ids: [] })).toThrow('family webhoks is not known.');
  });

  it('says from where the upgrade starts, and which way it takes', () => {
    const report = run([check('ML-W001')], {}, facts({ deployments: read(plane('1.28.6').deployment) }), to);
    expect(report.target).toMatchObject({ from: '1.28.6', version: '1.30.3', problem: null, hops: [{ to: '1.30.3' }] });
    const inPlace = run([], {}, facts({ deployments: read(plane('1.28.6').deployment) }), {
      ...to,
      strategy: 'in-place',
    });
    expect(inPlace.target?.hops).toHaveLength(2);
    const down = run([], {}, facts({ deployments: read(plane('1.31.1').deployment) }), to);
    expect(down.target?.problem).toContain('older');
    expect(run([], {}, facts(), to).target?.problem).toContain('no control plane');
  });
});
