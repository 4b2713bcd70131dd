/** Versions of all proxies, at both ends as they were measured and in between as the finished renewals tell. */
import { withWholeProxies } from '../journal/proxies.ts';
import type { RenewWorkload } from '../steps/spec.ts';
import type { UpgradePlan } from '../planner/plan.ts';
import type { Placed } from './placed.ts';
import type { CoursePoint, ProxiesReport, VersionCount } from './report.ts';

type Seen = Readonly<Record<string, readonly [string | null, string | null, string]>>;
type Counts = readonly VersionCount[];

/** Proxies before and after. What was measured before a later write is no "after". */
export function proxiesOf(entries: readonly Placed[], plan: UpgradePlan): ProxiesReport {
  const story = withWholeProxies(entries);
  const before = story.find(({ event }) => event.type === 'proxies' && event.when === 'before');
  const last = story.findLastIndex(({ event }) => event.type === 'proxies' && event.when === 'after');
  const after = story.slice(last + 1).some(({ event }) => event.type === 'write') ? undefined : story[last];
  const [first, end] = [byWorkload(before), byWorkload(after)];
  const names = [...new Set([...first.keys(), ...end.keys()])].sort();
  return {
    beforeAt: before?.at ?? null,
    afterAt: after?.at ?? null,
    workloads: names.map((workload) => ({
      workload,
      before: first.get(workload) ?? [],
      after: after === undefined ? null : (end.get(workload) ?? []),
    })),
    course: before === undefined ? [] : courseOf(story, plan, { first, before, after }),
  };
}

function byWorkload(measured: Placed | undefined): ReadonlyMap<string, Counts> {
  const seen: Seen = measured?.event.type === 'proxies' ? measured.event.proxies : {};
  const groups = new Map<string, Map<string, VersionCount>>();
  for (const [version, revision, workload] of Object.values(seen)) {
    const group = groups.get(workload) ?? new Map<string, VersionCount>();
    groups.set(workload, group);
    const key = JSON.stringify([version, revision]);
    group.set(key, { version, revision, proxies: (group.get(key)?.proxies ?? 0) + 1 });
  }
  return new Map([...groups].map(([workload, group]) => [workload, sorted([...group.values()])]));
}

function sorted(counts: Counts): Counts {
  const text = ({ version, revision }: VersionCount): string => JSON.stringify([version, revision]);
  return [...counts].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

interface Ends {
  readonly first: ReadonlyMap<string, Counts>;
  readonly before: Placed;
  readonly after: Placed | undefined;
}

function courseOf(story: readonly Placed[], plan: UpgradePlan, { first, before, after }: Ends): readonly CoursePoint[] {
  const renewals = renewalsOf(plan);
  const now = new Map(first);
  const points: CoursePoint[] = [{ at: before.at, measured: true, counts: totals(now) }];
  for (const { event, at, phase } of story) {
    const spec = event.type === 'step' && event.what === 'done' ? renewals.get(event.step) : undefined;
    const had = spec && now.get(nameOf(spec));
    if (spec === undefined || had === undefined) continue;
    const proxies = had.reduce((sum, one) => sum + one.proxies, 0);
    const [version, revision] = phase === 'back' ? [plan.from, plan.revisions.old] : [spec.version, spec.revision];
    now.set(nameOf(spec), [{ version, revision, proxies }]);
    points.push({ at, measured: false, counts: totals(now) });
  }
  if (after !== undefined) points.push({ at: after.at, measured: true, counts: totals(byWorkload(after)) });
  return points;
}

const nameOf = ({ workload, namespace, name }: RenewWorkload): string => `${workload} ${namespace}/${name}`;

/** Renewals that make new pods; what waits for its next run changes nothing that runs. */
function renewalsOf({ stages }: UpgradePlan): ReadonlyMap<string, RenewWorkload> {
  const steps = stages.flatMap((stage) => stage.steps);
  return new Map(
    steps.flatMap(({ id, spec }) => (spec.kind === 'renew-workload' && spec.method !== 'next-run' ? [[id, spec]] : [])),
  );
}

function totals(workloads: ReadonlyMap<string, Counts>): CoursePoint['counts'] {
  const sums = new Map<string | null, number>();
  for (const { version, proxies } of [...workloads.values()].flat())
    sums.set(version, (sums.get(version) ?? 0) + proxies);
  return [...sums]
    .map(([version, proxies]) => ({ version, proxies }))
    .sort((a, b) => ((a.version ?? '') < (b.version ?? '') ? -1 : 1));
}
