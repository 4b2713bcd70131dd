import { expect, it } from 'vitest';
import { execute } from '../engine/execute.ts';
import type { TrafficLine } from '../engine/events.ts';
import { readJournal } from '../journal/journal.ts';
import { readRun } from '../journal/runs.ts';
import { toText } from '../planner/document.ts';
import { planOn } from '../../test/upgrade/plan.ts';
import { passing, stage, worldOn } from '../../test/upgrade/world.ts';
import { buildReport } from './build.ts';
import { verifyReport } from './verify-chain.ts';

it('tells of an upgrade and its way back what the engine wrote, and can be verified', async () => {
  const scene = await stage('bookinfo');
  const { scheduler, cluster } = scene;
  const url = 'http://gateway.example/';
  const probe = { url, protocol: 'http1' as const, rate: 100, maxFailed: 0, headers: {} };
  const plan = await passing(scheduler, planOn(scene, '1.30.3', { soakSeconds: 5, probes: [probe] }));
  for (const phase of ['forward', 'back'] as const) {
    const began = scheduler.now();
    // Ten requests a second, counted from the start of each process as the probe does.
    const line = (): TrafficLine => ({
      ...{ target: url, sent: Math.floor((scheduler.now() - began) / 100), failed: 0, p99Ms: 9, longestGapMs: 120 },
      ended: {},
    });
    const world = { ...worldOn(scene), traffic: { lines: () => [line()] } };
    const options = { phase, identity: 'ann@laptop 1', planText: toText(plan) };
    const done = await passing(scheduler, execute(world, plan, options));
    expect(done.outcome).toEqual({ end: 'finished' });
  }
  const place = { namespace: plan.revisions.namespace, run: plan.run };
  const entries = await passing(scheduler, readJournal(cluster.api, place));
  const { state } = await passing(scheduler, readRun(cluster.api, place));
  const report = buildReport({ plan, entries, state, createdAt: '2026-03-02T09:00:00.000Z', tool: 'meshlift test' });

  expect(verifyReport(JSON.parse(JSON.stringify(report)))).toEqual([]);
  expect(report.notMeasured).toEqual([]);
  expect(report.outcome.sentence).toMatch(
    /^The upgrade .* was taken back in .*; 7 of 7 proxies ran 1\.29\.6 at the end; 0 of/,
  );
  // Each process counted its own time, no request is counted twice.
  const seconds = report.processes.reduce((sum, { from, to }) => sum + (Date.parse(to) - Date.parse(from)) / 1000, 0);
  expect(report.traffic.total.sent).toBeGreaterThan(8 * seconds);
  expect(report.traffic.total.sent).toBeLessThanOrEqual(10 * seconds + 2);
  const versions = report.proxies.course.map(({ counts }) => counts.map(({ version }) => version).join(' '));
  expect(versions[0]).toBe('1.29.6');
  expect(versions).toContain('1.30.3');
  expect(versions.at(-1)).toBe('1.29.6');
  expect(
    report.writes.every(
      ({ outcome, precondition, verb }) => outcome === 'ok' && (precondition !== '' || verb === 'tool'),
    ),
  ).toBe(true);
});
