/** Faults that are put into a copy of the source, one after the other: the simulation must notice each. */

/** A text that is replaced; it must stand in the file exactly once. */
interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A deliberately broken variant. */
export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
}

const mutant = (name: string, file: string, from: string, to: string): Mutant => ({
  name,
  edits: [{ file, from, to }],
});

const engine = 'src/engine';
const steps = 'src/steps';
const renew = 'src/steps/renew';

/** All of them. */
export const mutants: readonly Mutant[] = [
  mutant('the gate is skipped', `${engine}/stage.ts`, '  await passGate(session, stage, options.before);\n', ''),
  mutant(
    'the gate passes what is unknown',
    `${engine}/stage.ts`,
    "results.filter(({ verdict }) => verdict !== 'passed')",
    "results.filter(({ verdict }) => verdict === 'failed' || verdict === 'waiting')",
  ),
  mutant(
    'who does not tell of rejections counts as having none',
    `${engine}/gates.ts`,
    "  if (silent.length > 0) return { name, verdict: 'unknown', value: `no answer from ${list(silent)}` };\n",
    '',
  ),
  mutant(
    'a webhook of which nothing is known counts as healthy',
    `${engine}/gates.ts`,
    'unknown: live.filter(({ healthy }) => healthy === null).map(({ name }) => name),',
    'unknown: [],',
  ),
  {
    name: 'no step is verified',
    edits: [
      {
        file: `${engine}/step.ts`,
        from: '    await until(session, step, speaker(session, step, times.word), (view) => kind.verify(view, step.spec));\n',
        to: '',
      },
      { file: `${engine}/stage.ts`, from: '  await passGate(session, stage, options.before);\n', to: '' },
    ],
  },
  mutant(
    'what the journal calls begun counts as done',
    `${engine}/step.ts`,
    '  let done = false;\n',
    "  if (session.journal.entries().some(({ event }) => event.type === 'step' && event.step === step.id)) return true;\n  let done = false;\n",
  ),
  mutant(
    'the watchdog sleeps',
    `${engine}/run.ts`,
    'startWatchdog(session, { before, webhooks });',
    '() => Promise.resolve(startWatchdog).then(() => void webhooks);',
  ),
  mutant(
    'a request to pause is not followed',
    `${engine}/execute.ts`,
    "if (wanted === 'pause')",
    "if (wanted === 'rollback' && control.stop() !== null)",
  ),
  mutant(
    'writes are journalled after they were sent',
    `${engine}/guard.ts`,
    "  await deps.journal.append({ type: 'write', id, step: writer.step, write: sending });\n",
    "  const early = await call();\n  await deps.journal.append({ type: 'write', id, step: writer.step, write: sending });\n  call = () => Promise.resolve(early);\n",
  ),
  mutant(
    'the result of a write is not journalled',
    `${engine}/guard.ts`,
    "    await deps.journal.append({ type: 'written', id, outcome: 'ok', detail: versionOf(done) });\n",
    '    versionOf(done);\n',
  ),
  {
    name: 'a lost lease stops nothing',
    edits: [
      {
        file: `${engine}/guard.ts`,
        from: '  if (lease.isValid()) return;\n',
        to: '  if (lease.isValid() || control) return;\n',
      },
      { file: `${engine}/execute.ts`, from: "holding.ask({ kind: 'lost', why })", to: 'void [holding, why]' },
      {
        file: 'src/journal/journal.ts',
        from: '{ metadata: { resourceVersion: segment.version }, data: { [key]: text } }',
        to: '{ data: { [key]: text } }',
      },
    ],
  },
  mutant(
    'a lease is taken from who still renews it',
    'src/journal/lease.ts',
    'return now() - seen.since >= Math.max(durationMs, held.durationMs);',
    'return now() >= Math.max(durationMs, held.durationMs);',
  ),
  mutant(
    'after a lost answer the journal goes on from the version before',
    'src/journal/journal.ts',
    '    this.#segment = last;\n',
    '',
  ),
  mutant(
    'a run that was stored before its crash is not recognised',
    'src/journal/runs.ts',
    '    if (isSame(present)) return;\n',
    '    if (isSame(present) && name === "") return;\n',
  ),
  {
    name: 'a control plane is removed without asking who uses it',
    edits: [
      {
        file: `${steps}/remove-control-plane.ts`,
        from: '      if (users.length > 0) throw stillUsed(spec, users);\n',
        to: '      if (users.length > 99) throw stillUsed(spec, users);\n',
      },
      {
        file: `${steps}/remove-control-plane.ts`,
        from: 'return users.length === 0 ? ready : held(spec, users);',
        to: 'return users.length < 99 ? ready : held(spec, users);',
      },
    ],
  },
  mutant(
    'the old injection label stays on namespaces',
    `${steps}/label-namespace.ts`,
    'Object.fromEntries(spec.remove.map((key) => [key, null]))',
    'Object.fromEntries(spec.remove.slice(9).map((key) => [key, null]))',
  ),
  mutant(
    'the way back forgets the validator',
    `${steps}/move-default.ts`,
    'return [{ ...spec, from: spec.to, to: spec.from, validator: back }];',
    'return [{ ...spec, from: spec.to, to: spec.from, validator: back && null }];',
  ),
  mutant(
    'the way back forgets the tags',
    'src/planner/back.ts',
    "steps.filter(({ spec }) => spec.kind !== 'renew-workload' &&",
    "steps.filter(({ spec }) => spec.kind !== 'renew-workload' && spec.kind !== 'move-tag' &&",
  ),
  mutant(
    'the plan proves nothing',
    'src/planner/stages.ts',
    '[prepare(request, ends), install(request, ends), prove(request, ends, classified)]',
    '[prepare(request, ends), install(request, ends), { ...prove(request, ends, classified), steps: [] }]',
  ),
  mutant(
    'no shadow proxy is tried',
    `${steps}/prove-control-plane.ts`,
    '      await proveShadows(context, view, spec);\n',
    '      if (spec.revision === "") await proveShadows(context, view, spec);\n',
  ),
  mutant(
    'a proof counts whatever it was made on',
    `${steps}/proof-memory.ts`,
    'proof.value === mark &&',
    'proof.value !== "" && mark !== "" &&',
  ),
  mutant(
    'the namespace of the proof stays',
    `${steps}/proof-place.ts`,
    '  if (present?.metadata.labels?.[proofKey] === revision) await',
    '  if (present?.metadata.labels?.[proofKey] === "") await',
  ),
  mutant(
    'nobody asks the injector before a pod is touched',
    `${renew}/act.ts`,
    '  await checkInjection(context, spec, owner);\n',
    '  if (spec.name === "") await checkInjection(context, spec, owner);\n',
  ),
  mutant(
    'an old pod leaves before its replacement is ready',
    `${renew}/hand-over.ts`,
    '    return spare >= 0;\n',
    '    return spare >= -9;\n',
  ),
  mutant(
    'a pod is deleted while its Services list it',
    `${renew}/leave.ts`,
    "    if (beforeOf(pod).key !== '') await leaveServices(context, spec, pod);\n",
    "    if (beforeOf(pod).key === '-') await leaveServices(context, spec, pod);\n",
  ),
  mutant(
    'a pod that was half handed over is forgotten',
    `${renew}/read-live.ts`,
    "spec.method === 'hand-over' ? await readHandedOver(context, spec) : [];",
    "spec.method === 'hand-over' ? (await readHandedOver(context, spec)).filter(({ labels }) => labels['app'] === '') : [];",
  ),
  mutant(
    'a label that a later step has replaced is written again',
    `${engine}/overtaken.ts`,
    '    return gateway !== null && later.some',
    "    return gateway === '' && later.some",
  ),
  mutant(
    'a control plane goes while the namespace of its proof is ending',
    `${steps}/remove-control-plane.ts`,
    '      await untilClosed(context, spec.revision);\n',
    '',
  ),
  {
    name: 'a rollout is begun anew by whoever resumes',
    edits: [
      {
        file: `${engine}/step.ts`,
        from: '    mark,\n    limitSeconds',
        to: '    mark: `${mark}.${session.lease.epoch}`,\n    limitSeconds',
      },
      { file: `${renew}/rollout.ts`, from: 'if (old === 0 && !labelsDiffer(owner, spec)) {', to: 'if (old < -1) {' },
      {
        file: `${renew}/judge.ts`,
        from: "  if (unclear === undefined) return { state: 'done' };\n",
        to: "  if (unclear === undefined) return { state: 'ready' };\n",
      },
    ],
  },
];
