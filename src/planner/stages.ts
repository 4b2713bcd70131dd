/** The stages of a revision upgrade, in order: nothing moves before the new control plane is proved. */
import type { LabelNamespace, StepSpec } from '../steps/spec.ts';
import { plannedStep } from './back.ts';
import type { Classified, Move } from './classify.ts';
import { gatewayOrder, moveDefault } from './default-revision.ts';
import { gatewaySteps } from './gateways.ts';
import { planeWords } from './ends.ts';
import type { Ends, PlanRequest } from './input.ts';
import type { PlannedGate, PlannedStep, Stage } from './plan.ts';
import { newRelease, releaseOf } from './release.ts';
import { labelStep, routeOf, tagStep } from './route.ts';
import { wavesOf } from './waves.ts';

/** All stages of a hop; stages without steps are left out, but for the waves' gates nothing is lost by that. */
export function stagesOf(request: PlanRequest, ends: Ends, classified: Classified): readonly Stage[] {
  const moves = classified.moves.filter(({ spec }) => spec.role !== 'gateway');
  const gateways = classified.moves.filter(({ spec }) => spec.role === 'gateway');
  const last = request.policy.waves.gateways === 'last';
  const routing = createRouting(request, ends);
  const gatewayStage = (): Stage => gatewaysStage(request, ends, gateways, routing);
  const ahead = [prepare(request, ends), install(request, ends), prove(request, ends, classified)];
  const early = last ? [] : [gatewayStage()];
  const waves = wavesOf(moves, request.policy).map((wave, index) => waveStage(request, wave, index + 1, routing));
  const late = last ? [gatewayStage()] : [];
  const rest = restStage(request, waves.length + 1, routing);
  const stages = [...ahead, ...early, ...waves, rest, ...late, defaultStage(request, ends), soak(request)];
  return stages.filter(({ steps }) => steps.length > 0);
}

/** The stage that removes the old control plane. */
export function completionOf(request: PlanRequest, { old, from }: Ends): Stage {
  const release = releaseOf(old.owner, old.namespace);
  const spec: StepSpec = {
    kind: 'remove-control-plane',
    revision: old.revision,
    version: from,
    namespace: old.namespace,
    release,
  };
  return stage(
    request,
    { id: 'complete', kind: 'complete', title: `Remove ${planeWords(old.revision)}` },
    [spec],
    safe,
  );
}

const safe: readonly PlannedGate[] = [
  { name: 'webhooks', condition: 'every webhook of Istio reaches a ready istiod, and no pod would be injected twice' },
];

function stage(
  { kinds }: Pick<PlanRequest, 'kinds'>,
  head: Pick<Stage, 'id' | 'kind' | 'title'>,
  specs: readonly StepSpec[],
  gate: readonly PlannedGate[],
): Stage {
  return { ...head, steps: specs.map((spec) => plannedStep(spec, kinds)), gate };
}

function prepare(request: PlanRequest, ends: Ends): Stage {
  const { components, defaultRevision } = request.view.mesh;
  const { base } = components;
  const specs: StepSpec[] = [];
  if (base?.owner.kind === 'helm' && base.version !== ends.to) {
    specs.push({
      kind: 'upgrade-base',
      release: releaseOf(base.owner, ends.old.namespace),
      from: base.version ?? ends.from,
      to: ends.to,
      defaultRevision: defaultRevision.byValidator ?? '',
    });
  }
  return stage(request, { id: 'prepare', kind: 'prepare', title: 'Custom resource definitions' }, specs, safe);
}

function install(request: PlanRequest, { old, from, to, revision }: Ends): Stage {
  const present = request.view.mesh.controlPlanes.find((plane) => plane.revision === revision);
  const release = present ? releaseOf(present.owner, present.namespace) : newRelease(old, revision);
  const like = { revision: old.revision, version: from, release: releaseOf(old.owner, old.namespace) };
  const spec: StepSpec = { kind: 'install-control-plane', revision, version: to, release, like };
  return stage(
    request,
    {
      id: 'install',
      kind: 'install',
      title: `Control plane ${revision} beside ${planeWords(old.revision)}; nothing uses it yet`,
    },
    [spec],
    safe,
  );
}

function prove(request: PlanRequest, ends: Ends, { moves }: Classified): Stage {
  const { mesh } = request.view;
  const { old, to, revision } = ends;
  const roles = mesh.proxies
    .filter((proxy) => proxy.running && proxy.revision === old.revision && proxy.version !== null)
    .flatMap(({ role, version }) => (role === 'sidecar' || role === 'gateway' ? [`${role} ${version ?? ''}`] : []));
  const spec: StepSpec = {
    kind: 'prove-control-plane',
    revision,
    version: to,
    namespace: old.namespace,
    namespaces: [...new Set(moves.map(({ spec: { namespace } }) => namespace))].sort(),
    proxies: [...new Set(roles)].sort().map((text) => {
      const [role = '', version = ''] = text.split(' ');
      return { role: role === 'gateway' ? 'gateway' : 'sidecar', version };
    }),
    rootHash: old.caRootHash,
  };
  return stage(
    request,
    { id: 'prove', kind: 'prove', title: `Proof that control plane ${revision} can take over` },
    [spec],
    safe,
  );
}

/** Tags and namespace labels, each given out once: to the first wave that needs it. */
interface Routing {
  for(moves: readonly Move[]): readonly StepSpec[];
  /** Those that no workload led to. */
  rest(): readonly StepSpec[];
}

function createRouting(request: PlanRequest, ends: Ends): Routing {
  const { mesh, facts } = request.view;
  const tags = new Map(
    mesh.tags
      .filter(({ name, revision }) => name !== 'default' && revision === ends.old.revision)
      .flatMap(({ name }) => {
        const step = tagStep(mesh, name, ends);
        return step === null ? [] : [[name, step] as const];
      }),
  );
  const labels = new Map<string, LabelNamespace>(
    mesh.namespaces
      .filter(({ injection }) => routeOf(injection, ends)?.by === 'namespace')
      .map((namespace) => [namespace.name, labelStep(namespace, ends)]),
  );
  let pins: readonly StepSpec[] = gatewaySteps(mesh, facts, ends, gatewayOrder(request, ends)).pins;
  const take = <T>(from: Map<string, T>, key: string): T[] => {
    const found = from.get(key);
    from.delete(key);
    return found === undefined ? [] : [found];
  };
  // Before the first thing that routes: pinned gateways stay where they are.
  const pinned = (steps: readonly StepSpec[]): readonly StepSpec[] => {
    if (steps.length === 0) return [];
    const all = [...pins, ...steps];
    pins = [];
    return all;
  };
  return {
    for: (moves) =>
      pinned(
        moves.flatMap(({ route, spec }): StepSpec[] => {
          if (route.by === 'tag') return take(tags, route.tag);
          return route.by === 'namespace' ? take(labels, spec.namespace) : [];
        }),
      ),
    rest: () => pinned([...tags.values(), ...labels.values()]),
  };
}

function waveStage(request: PlanRequest, wave: readonly Move[], number: number, routing: Routing): Stage {
  const group = wave[0]?.group ?? '';
  const title = `${wave.length === 1 ? '1 workload' : `${wave.length} workloads`}${groupWords(group, wave)}`;
  const steps = [...routing.for(wave).map((spec) => plannedStep(spec, request.kinds)), ...renewed(request, wave)];
  return { id: `wave-${number}`, kind: 'wave', title, steps, gate: waveGate(request) };
}

/** A group is what the policy calls so, or the tag by which its workloads are injected. */
function groupWords(group: string, wave: readonly Move[]): string {
  if (group === '') return '';
  const isTag = wave.every(({ route }) => route.by === 'tag' && route.tag === group);
  return ` of ${isTag ? 'tag' : 'group'} ${group}`;
}

function renewed({ kinds }: PlanRequest, moves: readonly Move[]): PlannedStep[] {
  return moves.map(({ spec, reason, route }) => plannedStep(spec, kinds, reason, leadersOf(route, spec)));
}

/** Ids of the steps that lead a workload to the new revision; as `stepId` names them. */
function leadersOf(route: Move['route'], { namespace }: Move['spec']): readonly string[] {
  if (route.by === 'tag') return [`move-tag/${route.tag}`];
  return route.by === 'namespace' ? [`label/${namespace}`] : [];
}

/** Tags and namespaces without any workload: their next pods shall not meet a control plane that is gone. */
function restStage(request: PlanRequest, number: number, routing: Routing): Stage {
  const head = { id: `wave-${number}`, kind: 'wave' as const, title: 'Tags and namespaces without workloads' };
  return stage(request, head, routing.rest(), safe);
}

function gatewaysStage(request: PlanRequest, ends: Ends, moves: readonly Move[], routing: Routing): Stage {
  const { mesh, facts } = request.view;
  const steps = [
    ...[...routing.for(moves), ...gatewaySteps(mesh, facts, ends, gatewayOrder(request, ends)).moves].map((spec) =>
      plannedStep(spec, request.kinds),
    ),
    ...renewed(request, moves),
  ];
  return { id: 'gateways', kind: 'gateways', title: 'Gateways', steps, gate: waveGate(request) };
}

function waveGate({ policy }: Pick<PlanRequest, 'policy'>): readonly PlannedGate[] {
  const conditions = policy.gates.conditions.map(({ name, query, below, above }) => ({
    name,
    condition: [query, below === undefined ? '' : `< ${below}`, above === undefined ? '' : `> ${above}`]
      .join(' ')
      .trim(),
  }));
  const probe =
    policy.probes.length === 0
      ? []
      : [
          {
            name: 'probe',
            condition: 'the failed requests of each probe stay within its budget (policy: probes, maxFailed)',
          },
        ];
  return [
    {
      name: 'proxies',
      condition: 'every proxy of the wave runs the new version, is connected to the new istiod and in sync with it',
    },
    { name: 'rejections', condition: 'no proxy rejected a configuration since the run began (istiod counts that)' },
    ...safe,
    { name: 'availability', condition: 'every workload of the wave has all its pods available' },
    ...probe,
    ...conditions,
  ];
}

function defaultStage(request: PlanRequest, ends: Ends): Stage {
  const spec = moveDefault(request, ends);
  const { mesh, facts } = request.view;
  const { releases } = gatewaySteps(mesh, facts, ends, gatewayOrder(request, ends));
  const title = spec === null ? 'Gateways back to their own labels' : `Default revision to ${ends.revision}`;
  const head = { id: 'default', kind: 'default' as const, title };
  return stage(request, head, [...(spec === null ? [] : [spec]), ...releases], safe);
}

function soak(request: PlanRequest): Stage {
  const { soakSeconds } = request.policy;
  const specs: readonly StepSpec[] = soakSeconds > 0 ? [{ kind: 'soak', seconds: soakSeconds }] : [];
  const title = `Watch for ${soakSeconds} s`;
  return stage(
    request,
    { id: 'soak', kind: 'soak', title },
    specs,
    waveGate(request).filter(({ name }) => name !== 'availability'),
  );
}
