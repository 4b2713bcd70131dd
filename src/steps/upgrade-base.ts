/** CRDs and the chart `base`, before any control plane that needs them. */
import { resources } from '../kube/resources.ts';
import { revisionKey } from '../mesh/keys.ts';
import { compareVersions } from '../mesh/versions.ts';
import { find } from './change.ts';
import { configAnswers, configWrites } from './config-check.ts';
import type { UpgradeBase } from './spec.ts';
import type { Observation, StepKind, View } from './step.ts';
import { blocked, done, failed, passed, ready, unknown, verdictOf } from './verdicts.ts';
import { waitFor } from './wait.ts';

const validator = 'istiod-default-validator';

/**
 * Raises the chart and its CRDs, never lowers them: objects stored with newer fields would lose them, so there is no way back
 * and none is needed (newer CRDs serve older control planes). The default revision stays as it is. `istioctl install` brings
 * the CRDs together with the control plane, so there is nothing to do for it.
 */
export const upgradeBase: StepKind<UpgradeBase> = {
  describe: ({ release, from, to }) =>
    release.owner === 'istioctl'
      ? `CRDs ${to} come with the control plane (istioctl)`
      : `Upgrade CRDs and chart base (release ${release.namespace}/${release.name}) from ${from} to ${to}`,
  writes: ({ release, to, defaultRevision }) =>
    release.owner === 'istioctl'
      ? []
      : [
          {
            ...{ verb: 'tool', resource: release.owner, namespace: release.namespace, name: release.name },
            what: `chart base ${to}; defaultRevision stays ${defaultRevision || 'empty'}`,
          },
          ...configWrites(release.namespace),
        ],
  observe: (view, spec) => observe(view, spec),
  apply: async (context, spec) => {
    const { release, to: version, defaultRevision } = spec;
    if (release.owner === 'istioctl') return;
    const before = observe(await context.look(), spec);
    if (before.state !== 'done') {
      await context.installer.install({ chart: 'base', release, version, defaultRevision }, context.signal);
    }
    const ref = { resource: resources.validatingWebhooks, name: validator };
    if ((await find(context, ref)) === null) return;
    const remedy = `See \`kubectl get validatingwebhookconfiguration ${validator} -o yaml\` and the log of istiod.`;
    const wait = { object: validator, until: 'judges configuration again', seconds: 60, remedy };
    await waitFor(context, wait, () => configAnswers(context, release.namespace, null));
  },
  verify: (view, spec) =>
    verdictOf(observe(view, spec), `base is not at ${spec.to} yet`, () => {
      const config = view.facts.validatingWebhooks.items.find(({ meta }) => meta.name === validator);
      const label = config?.meta.labels[revisionKey];
      if (label === undefined || spec.defaultRevision === '' || label === spec.defaultRevision) return passed;
      return failed(`${validator} points to revision ${label}, and should have stayed at ${spec.defaultRevision}`);
    }),
  undo: () => [],
};

function observe({ mesh, facts }: View, { release, to }: UpgradeBase): Observation {
  if (release.owner === 'istioctl') return done;
  const { base } = mesh.components;
  if (base === null) {
    return facts.crds.unread === null ? blocked('The CRDs of Istio do not exist.') : unknown(facts.crds.unread);
  }
  if (base.version === null) return unknown('The version of chart base could not be read from its objects.');
  return compareVersions(base.version, to) >= 0 ? done : ready;
}
