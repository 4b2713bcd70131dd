/** A plan for a person: what happens, in which order, why, at what cost, and how it goes back. */
import type { PlannedStep, Stage, UpgradePlan } from './plan.ts';

/** Lines of a plan; `width` bounds prose. */
export function planLines(plan: UpgradePlan): readonly string[] {
  const { from, stages, revisions, cluster, run } = plan;
  const hop = plan.hops[0];
  return [
    `Upgrade of Istio ${from} to ${hop?.to ?? plan.to} by revision: control plane ${revisions.new} beside ${revisions.old}`,
    '',
    ...rows([
      [
        'Cluster',
        `${cluster.context === '' ? cluster.server : `${cluster.context}, ${cluster.server}`}, Kubernetes ${cluster.kubernetes}`,
      ],
      ['Run', run],
      ...hopRows(plan),
      ...costRows(plan),
    ]),
    '',
    ...stages.flatMap(stageLines),
    ...gateLines(plan),
    'When it is finished, and you ask for it (meshlift complete):',
    ...plan.completion.steps.map(({ title }) => `  ${title}. There is no way back from there.`),
    '',
    ...leftOutLines(plan),
    ...findingLines(plan),
    'Way back, until complete (meshlift rollback):',
    ...plan.wayBack.map((line) => `  - ${line}`),
  ];
}

/** What each gate means, once. */
function gateLines({ stages }: UpgradePlan): string[] {
  const conditions = new Map(
    stages.flatMap(({ gate }) => gate.map(({ name, condition }) => [name, condition] as const)),
  );
  return [
    'Gates: a stage is left when',
    ...[...conditions].map(([name, condition]) => `  - ${name}: ${condition}`),
    '',
  ];
}

function rows(cells: readonly (readonly [string, string])[]): string[] {
  return cells.map(([name, value]) => `${name.padEnd(10)}${value}`);
}

function hopRows({ hops }: UpgradePlan): [string, string][] {
  if (hops.length < 2) return (hops[0]?.notes ?? []).map((note) => ['Note', note]);
  return [
    ['Hops', hops.map(({ from, to }) => `${from} to ${to}`).join(', then ')],
    ['', 'This plan holds the first one. Plan again when it is complete.'],
    ...(hops[0]?.notes ?? []).map((note): [string, string] => ['Note', note]),
  ];
}

function costRows({ cost }: UpgradePlan): [string, string][] {
  const { estimate, lowerBound, binding } = cost.duration;
  const room = `${(cost.cpuMillis / 1000).toFixed(1)} CPU and ${(cost.memoryBytes / 2 ** 30).toFixed(1)} GiB`;
  return [
    ['Takes', `about ${duration(estimate)}, at least ${duration(lowerBound)}; what binds: ${binding}`],
    ['Needs', `${room} more in requests while two control planes and surge pods run`],
    ...cost.closedConnections.map((line, index): [string, string] => [index === 0 ? 'Closes' : '', line]),
  ];
}

/** '45 s', '3 min 20 s', '2 h 5 min'. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min${seconds % 60 === 0 ? '' : ` ${Math.ceil(seconds % 60)} s`}`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function stageLines({ id, title, steps, gate }: Stage): string[] {
  return [
    `Stage ${id}: ${title}`,
    ...steps.flatMap((step, index) => stepLines(step, index + 1)),
    ...(gate.length === 0 ? [] : [`  Gate: ${gate.map(({ name }) => name).join(', ')}`]),
    '',
  ];
}

function stepLines({ title, reason, writes, back }: PlannedStep, number: number): string[] {
  const changed = writes.filter(({ verb }) => verb !== 'dry-run').map((write) => `${write.verb} ${nameOf(write)}`);
  const distinct = [...new Set(changed)];
  const more = distinct.length > 4 ? ` and ${distinct.length - 4} more` : '';
  return [
    `  ${number}. ${title}`,
    ...(reason === '' ? [] : [`     because: ${reason}`]),
    ...(distinct.length === 0 ? ['     writes: nothing'] : [`     writes: ${distinct.slice(0, 4).join(', ')}${more}`]),
    ...(back === 'nothing to take back' ? [] : [`     back: ${back}`]),
  ];
}

function nameOf({ resource, namespace, name }: PlannedStep['writes'][number]): string {
  return `${resource} ${namespace === '' ? name : `${namespace}/${name}`}`;
}

function leftOutLines({ leftOut }: UpgradePlan): string[] {
  if (leftOut.length === 0) return ['Nothing is left out.', ''];
  const lines = leftOut.map(
    ({ namespace, workload, name, reason, consequence }) =>
      `  - ${workload} ${namespace}/${name}: ${sentence(reason)} ${sentence(consequence)}`,
  );
  return [`Left out (${leftOut.length}):`, ...lines, ''];
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return whole.endsWith('.') ? whole : `${whole}.`;
}

function findingLines({ findings }: UpgradePlan): string[] {
  const shown = findings.filter(({ severity, ignored }) => severity !== 'informs' || ignored !== '');
  if (shown.length === 0) return [];
  const lines = shown.map(
    ({ id, severity, object, message, ignored }) =>
      `  - ${id} ${severity}: ${object}: ${message}${ignored === '' ? '' : ` (ignored: ${ignored})`}`,
  );
  return [`Findings of the checks (${shown.length}):`, ...lines, ''];
}
