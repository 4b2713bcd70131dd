/** What could not be measured, said as plainly as what was. */
import type { RunState } from '../journal/entry.ts';
import type { UpgradePlan } from '../planner/plan.ts';
import type { NotMeasured, RunReport } from './report.ts';
import { clock, plural } from './words.ts';

/** The parts of a report that gaps are looked for in. */
export type Measured = Pick<RunReport, 'traffic' | 'proxies' | 'stages' | 'writes' | 'processes' | 'outcome'> & {
  readonly plan: UpgradePlan;
  readonly state: RunState;
};

/** All gaps, the weightiest first. */
export function notMeasuredOf(measured: Measured): readonly NotMeasured[] {
  return [
    ...traffic(measured).map((text) => ({ code: 'traffic', text })),
    ...lostTraffic(measured).map((text) => ({ code: 'traffic-lost', text })),
    ...stageTraffic(measured).map((text) => ({ code: 'stage-traffic', text })),
    ...writes(measured).map((text) => ({ code: 'write', text })),
    ...proxies(measured).map((text) => ({ code: 'proxies', text })),
    ...gates(measured).map((text) => ({ code: 'gate', text })),
    ...steps(measured).map((text) => ({ code: 'step', text })),
    ...state(measured).map((text) => ({ code: 'state', text })),
  ];
}

function traffic({ traffic: { stages, targets }, plan }: Measured): string[] {
  if (plan.policy.probes.length === 0 && stages.length === 0)
    return ['Traffic: the policy names no probes, so no request was sent and none was counted.'];
  if (stages.length === 0) return ['Traffic: the policy names probes, but the journal holds no count of theirs.'];
  const silent = targets.filter(({ sent }) => sent === 0).map(({ target }) => target);
  const unseen = plan.policy.probes
    .map(({ url }) => url)
    .filter((url) => !targets.some(({ target }) => target === url));
  return [...silent, ...unseen].map((target) => `Traffic to ${target}: no request was counted.`);
}

/** Counts are written at the end of a stage: what a process that was killed had counted since then is lost. */
function lostTraffic({ traffic: { stages }, processes }: Measured): string[] {
  if (stages.length === 0) return [];
  return processes
    .filter(({ end }) => end === 'no word')
    .map(({ by, epoch, to }) => {
      const last = stages.findLast((one) => one.epoch === epoch);
      const since = last === undefined ? 'from its start' : `after ${clock(last.at)}`;
      return `Traffic ${since} of process ${by} (epoch ${epoch}): it wrote no count before its last entry at ${clock(to)}.`;
    });
}

function stageTraffic({ traffic: { stages: counted }, stages }: Measured): string[] {
  if (counted.length === 0) return [];
  const bare = stages.filter(
    ({ phase, stage }) => !counted.some((one) => one.phase === phase && one.stage === stage && one.sent > 0),
  );
  return bare.map(({ stage }) => `Traffic in stage ${stage}: no request was counted.`);
}

function writes({ writes: all }: Measured): string[] {
  return all
    .filter(({ resolved }) => resolved === null)
    .map(
      ({ verb, resource, namespace, name, at, detail }) =>
        `Write ${verb} ${resource} ${namespace === '' ? name : `${namespace}/${name}`} at ${clock(at)}: whether it took effect was not seen later (${detail}).`,
    );
}

function proxies({ proxies: { beforeAt, afterAt, workloads } }: Measured): string[] {
  const unknown = workloads.filter(({ before, after }) =>
    [...before, ...(after ?? [])].some((one) => one.version === null),
  );
  const gone =
    afterAt === null ? [] : workloads.filter(({ before, after }) => before.length > 0 && after?.length === 0);
  return [
    ...(beforeAt === null ? ['Proxies before the run: they were not recorded.'] : []),
    ...(afterAt === null ? ['Proxies after the run: they were not recorded after the last write.'] : []),
    ...unknown.map(({ workload }) => `Proxies of ${workload || 'pods without an owner'}: not every version was seen.`),
    ...gone.map(({ workload }) => `Proxies of ${workload || 'pods without an owner'}: seen before, none seen after.`),
  ];
}

function gates({ stages, plan }: Measured): string[] {
  const planned = [...plan.stages, plan.completion];
  return stages.flatMap(({ stage, phase, outcome, gates: measured }) => {
    const names = planned.find(({ id }) => id === stage || `back-${id}` === stage)?.gate.map(({ name }) => name) ?? [];
    const bare = outcome === 'passed' ? names.filter((name) => !measured.some(({ gate }) => gate === name)) : [];
    const unknown = measured.filter(({ verdict }) => verdict === 'unknown');
    return [
      ...bare.map((name) => `Gate ${name} of stage ${stage} (${phase}): no value was recorded.`),
      ...unknown.map(({ gate, value }) => `Gate ${gate} of stage ${stage} (${phase}): unknown (${value}).`),
    ];
  });
}

function steps({ stages }: Measured): string[] {
  const open = stages.flatMap((stage) => stage.steps).filter(({ outcome }) => outcome === 'no word');
  return open.map(({ title, start }) => `Step "${title}": begun at ${clock(start)}, its end was not recorded.`);
}

/** The head is only a hint for other processes; the journal counts. */
function state({ state: { status, why }, outcome, processes }: Measured): string[] {
  const said = status === 'running' ? 'no word' : status;
  if (said === outcome.status) return [];
  const reason = why === '' ? '' : ` (${why})`;
  return [
    `Where it stands: the head of the run says ${status}${reason}, the journal of ${plural(processes.length, 'process', 'processes')} says ${outcome.status}. The journal counts.`,
  ];
}
