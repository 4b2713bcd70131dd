/** A plan for a person: what happens, in which order, why, at what cost, and how it goes back. */
import type { RenewMethod } from '../steps/spec.ts';
import { breachLines } from './breach.ts';
import { planeWords } from './ends.ts';
import type { Duration, PlannedStep, Stage, UpgradePlan } from './plan.ts';

/** Lines of a plan. Names and words of Istio and Kubernetes stand as they are; those of meshlift are explained in it. */
export function planLines(plan: UpgradePlan): readonly string[] {
  const { from, stages, revisions, cluster, run } = plan;
  const hop = plan.hops[0];
  return [
    `Upgrade of Istio ${from} to ${hop?.to ?? plan.to} by revision: control plane ${revisions.new} beside ${planeWords(revisions.old)}`,
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
    ...previewLines(plan),
    ...wordLines(plan),
    ...gateLines(plan),
    'When a gate fails, or what is watched breaks (policy: onBreach):',
    ...breachLines(plan).map((line) => `  ${line}`),
    '',
    'When it is finished, and you ask for it (meshlift complete):',
    ...plan.completion.steps.map(({ title }) => `  ${title}. There is no way back from there.`),
    '',
    ...leftOutLines(plan),
    ...warningLines(plan),
    ...findingLines(plan),
    'Way back, until complete (meshlift rollback):',
    ...plan.wayBack.map((line) => `  - ${line}`),
  ];
}

/** Lines of a preview that are shown; the plan's file holds all of them. */
const shown = 12;

function previewLines({ previews = [] }: UpgradePlan): string[] {
  if (previews.length === 0) return [];
  const list = (title: string, lines: readonly string[]): string[] => {
    const more = lines.length - shown;
    const rest = more > 0 ? [`      and ${more} more: see the plan with -o yaml`] : [];
    return lines.length === 0
      ? []
      : [`    ${title}:`, ...lines.slice(0, shown).map((line) => `      ${line}`), ...rest];
  };
  return [
    'Preview of what the installing tool does:',
    ...previews.flatMap(({ step, command, values, objects }) => [
      `  ${step}`,
      `    ${command}`,
      ...list('values', values),
      ...list('objects', objects),
    ]),
    '',
  ];
}

/** How pods are renewed, for a reader who has never seen it. */
const methods: Readonly<Record<RenewMethod, readonly [string, string]>> = {
  rollout: [
    'a rolling restart',
    "the workload's own controller replaces its pods, as kubectl rollout restart does; the pods get SIGTERM",
  ],
  'hand-over': [
    'hand-over',
    'an old pod is taken out of its workload by a label and goes on serving until its replacement is ready; then it leaves its Services, finishes its requests and is deleted; the template stays as it is',
  ],
  'by-pod': ['pod by pod', 'a pod is evicted, its controller makes a new one, and the next follows when that is ready'],
  'next-run': ['the next run', 'nothing is done; the next run gets the new proxy'],
};

function wordLines({ stages }: UpgradePlan): string[] {
  const specs = stages.flatMap(({ steps }) => steps.map(({ spec }) => spec));
  const used = new Set(specs.flatMap((spec) => (spec.kind === 'renew-workload' ? [spec.method] : [])));
  if (used.size === 0) return [];
  const lines = [...used].sort().map((method) => `  - ${methods[method][0]}: ${methods[method][1]}`);
  return ['Ways to renew pods:', ...lines, ''];
}

/** What each gate means, once. */
function gateLines({ stages }: UpgradePlan): string[] {
  const conditions = new Map(
    stages.flatMap(({ gate }) => gate.map(({ name, condition }) => [name, condition] as const)),
  );
  return [
    'Gates: the next stage begins only when',
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
    ['Takes', `about ${duration(estimate)}, at least ${duration(lowerBound)}; most of it: ${bindings[binding]}`],
    ['Needs', `${room} more (sum of requests) while two control planes and extra pods run`],
    ...listed('Closes', cost.closedConnections),
    ...listed('Loses', cost.lostRequests ?? []),
  ];
}

function listed(name: string, lines: readonly string[]): [string, string][] {
  return lines.map((line, index) => [index === 0 ? name : '', line]);
}

/** What makes it take that long, in words. */
const bindings: Readonly<Record<Duration['binding'], string>> = {
  'critical path': 'the slowest workload',
  'surge capacity': 'few extra pods at a time (policy: pace.surgePods)',
  'istiod admission': 'new proxies that istiod accepts a second',
  'controller rate': 'few pod starts a second (policy: pace.startsPerSecond)',
  gates: 'gates, and the time in which it is only watched (policy: soakSeconds)',
};

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
  const changed = writes.filter(({ verb }) => verb !== 'dry-run').map(wordsOf);
  const distinct = [...new Set(changed)];
  const more = distinct.length > 4 ? ` and ${distinct.length - 4} more` : '';
  return [
    `  ${number}. ${title}`,
    ...(reason === '' ? [] : [`     because: ${reason}`]),
    ...(distinct.length === 0 ? ['     writes: nothing'] : [`     writes: ${distinct.slice(0, 4).join(', ')}${more}`]),
    ...(back === 'nothing to take back' ? [] : [`     back: ${back}`]),
  ];
}

function wordsOf({ verb, resource, namespace, name }: PlannedStep['writes'][number]): string {
  const place = namespace === '' ? name : `${namespace}/${name}`;
  if (verb === 'tool') return `${resource === 'helm' ? 'Helm release' : 'control plane'} ${place} by ${resource}`;
  return `${verb} ${resource} ${place}`;
}

function leftOutLines({ leftOut }: UpgradePlan): string[] {
  if (leftOut.length === 0) return ['No workload is left out.', ''];
  const lines = leftOut.map(
    ({ namespace, workload, name, reason, consequence }) =>
      `  - ${workload} ${namespace}/${name}: ${sentence(reason)} ${sentence(consequence)}`,
  );
  return [`Workloads that this plan does not renew (${leftOut.length}):`, ...lines, ''];
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return whole.endsWith('.') ? whole : `${whole}.`;
}

function warningLines({ warnings = [] }: UpgradePlan): string[] {
  if (warnings.length === 0) return [];
  const lines = warnings.flatMap(({ code, object, message, remedy }) => [
    `  - ${code}: ${object}: ${message}`,
    `    ${remedy}`,
  ]);
  return [`What this plan foresees and cannot avoid (${warnings.length}):`, ...lines, ''];
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
