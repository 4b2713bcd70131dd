/** Operators and providers that manage a control plane themselves. */
import type { Check, Finding } from '../../check.ts';

/** Sail decides itself. */
export const sailLeavesTheWorkToUs: Check = {
  id: 'ML-O010',
  title: 'the Sail operator neither upgrades in place nor restarts or removes by itself',
  looksAt:
    'spec.updateStrategy of Istio resources of sailoperator.io: type, updateWorkloads, inactiveRevisionDeletionGracePeriodSeconds.',
  why: 'With InPlace the control plane is replaced under its proxies. With RevisionBased the old revision is deleted 30 s after it looks unused: there is no way back, and proxies that Sail does not see lose their control plane.',
  remedy:
    'RevisionBased with a long grace period, updateWorkloads false; change the version in the Istio resource only.',
  source: 'istio-ecosystem/sail-operator issues 2103, 75, 1089',
  severities: ['warns'],
  needs: ['installers'],
  pains: ['P53'],
  run: (view) =>
    view.facts.installers.items
      .filter(({ kind }) => kind === 'Istio')
      .flatMap(({ meta, strategy, graceSeconds, updateWorkloads }): Finding[] => {
        const problems = [
          ...(view.target?.strategy === 'revision' && strategy !== 'RevisionBased' ? ['upgrades in place'] : []),
          ...(updateWorkloads ? ['restarts workloads by itself'] : []),
          ...(strategy === 'RevisionBased' && (graceSeconds ?? 30) < 3600
            ? [`deletes the old revision ${String(graceSeconds ?? 30)} s after it looks unused`]
            : []),
        ];
        if (problems.length === 0) return [];
        const patch =
          '{"spec":{"updateStrategy":{"type":"RevisionBased","inactiveRevisionDeletionGracePeriodSeconds":604800,"updateWorkloads":false}}}';
        return [
          {
            ...{ severity: 'warns', object: { kind: 'Istio', namespace: meta.namespace, name: meta.name } },
            ...{ field: 'spec.updateStrategy', value: strategy },
            message: `The Sail operator ${problems.join(', and ')}.`,
            why: 'It acts beside the plan, and may remove a control plane that proxies still use.',
            remedy: `kubectl patch istios.sailoperator.io ${meta.name} --type merge -p '${patch}'`,
          },
        ];
      }),
};

/** The operator that Istio gave up. */
export const noOperatorReconciles: Check = {
  id: 'ML-O011',
  title: 'no in-cluster operator of Istio reconciles what the upgrade writes',
  looksAt: 'Deployments istio-operator with the image operator of Istio and replicas above 0.',
  why: 'It knows only its own version: it puts back, deletes or deploys again what a newer installation wrote, gateways among it. Istio gave it up with 1.24.',
  remedy: 'Scale it to 0 before anything else, and go on with Helm or istioctl.',
  source: 'istio/istio issues 35139, 31306, 40376',
  severities: ['blocks', 'warns'],
  needs: ['deployments'],
  pains: ['P45'],
  run: ({ facts, target }) =>
    facts.deployments.items
      .filter(({ meta, replicas, template }) => {
        const image = Object.values(template.images).some((one) => /(^|\/)operator(:|@|$)/.test(one));
        return replicas > 0 && /^istio-operator(-|$)/.test(meta.name) && image;
      })
      .map(({ meta: { namespace, name } }): Finding => ({
        ...{ severity: target === null ? 'warns' : 'blocks', object: { kind: 'Deployment', namespace, name } },
        ...{ field: 'spec.replicas', value: '' },
        message: 'The in-cluster operator runs, and puts back what others change.',
        why: 'It undoes the installation of another version, and may delete gateways.',
        remedy: `kubectl -n ${namespace} scale deployment ${name} --replicas 0; then istioctl manifest translate of its IstioOperator gives the values for Helm`,
      })),
};

/** Who manages a control plane besides its users: null when nobody does. */
function providerOf(namespace: string, revision: string): { readonly name: string; readonly how: string } | null {
  if (namespace === 'aks-istio-system' || /^asm-\d/.test(revision)) {
    return {
      name: 'AKS',
      how: 'az aks mesh upgrade start --revision NEW, and complete only when no proxy is left on the old one',
    };
  }
  if (namespace === 'openshift-ingress') {
    return {
      name: 'the Ingress Operator of OpenShift',
      how: 'Upgrade OpenShift: it pins this control plane, leave it alone',
    };
  }
  return /^asm-managed/.test(revision)
    ? { name: 'Google Cloud', how: 'gcloud container fleet mesh, release channels' }
    : null;
}

/** A control plane of the provider. */
export const planeIsOurs: Check = {
  id: 'ML-O013',
  title: 'no control plane belongs to the provider of the cluster',
  looksAt: 'Namespace and revision of control planes: aks-istio-system and asm-*, openshift-ingress, asm-managed.',
  why: 'The provider installs, upgrades and removes it, with its webhooks: what others change is put back, and mesh upgrade complete of AKS removes the old one, whoever still uses it.',
  remedy: 'Upgrade it by the means of the provider; meshlift status shows when nothing is left on the old revision.',
  source: 'Azure documentation, Istio add-on upgrade; openshift/enhancements pull request 1808',
  severities: ['blocks', 'informs'],
  needs: ['deployments'],
  pains: ['P54', 'P55'],
  run: ({ mesh, target }) =>
    mesh.controlPlanes.flatMap(({ namespace, deployment, revision }): Finding[] => {
      const provider = providerOf(namespace, revision);
      if (provider === null) return [];
      const left = target !== null && target.fromRevision === revision;
      return [
        {
          ...{ severity: left ? 'blocks' : 'informs', object: { kind: 'Deployment', namespace, name: deployment } },
          ...{ field: 'metadata.namespace', value: namespace },
          message: `It is managed by ${provider.name}.`,
          why: left
            ? 'What an upgrade changes is put back by the provider, or removed under running proxies.'
            : 'It is another mesh: nothing of it is touched.',
          remedy: provider.how,
        },
      ];
    }),
};
