/** Asks the owner's tool what it would do, before anything is done. */
import type { Installer, InstallRequest } from '../../installers/installer.ts';
import { withPreviews } from '../../planner/plan-upgrade.ts';
import type { StepPreview, UpgradePlan } from '../../planner/plan.ts';
import { stepKindOf } from '../../steps/kinds.ts';
import type { Release, StepSpec } from '../../steps/spec.ts';
import type { View } from '../../steps/step.ts';

/**
 * The plan with the previews of what its owner's tool would do. A step that is done already needs none.
 * @throws InvalidInput (the tool is missing, or finds no such chart), Blocked (its owner refuses, with the change to make), Transient
 */
export async function previewed(
  plan: UpgradePlan,
  view: View,
  installerOf: (release: Release) => Installer,
  signal: AbortSignal,
): Promise<UpgradePlan> {
  const previews: StepPreview[] = [];
  for (const { id, spec } of plan.stages.flatMap(({ steps }) => steps)) {
    const request = requestOf(spec);
    if (request === null || stepKindOf(spec).observe(view, spec).state === 'done') continue;
    previews.push({ step: id, ...(await installerOf(request.release).preview(request, signal)) });
  }
  return withPreviews(plan, previews);
}

/** As the step itself asks for it. */
function requestOf(spec: StepSpec): InstallRequest | null {
  if (spec.kind === 'upgrade-base') {
    const { release, to: version, defaultRevision } = spec;
    return { chart: 'base', release, version, defaultRevision };
  }
  if (spec.kind !== 'install-control-plane') return null;
  const { release, version, revision, like } = spec;
  return { chart: 'istiod', release, version, revision, tags: null, like: like.release };
}
