/** What happens to gateways when their revision changes. */
import { includesLabels } from '../../../mesh/attachments.ts';
import { pairsBetween } from '../../../knowledge/pairs.ts';
import { revisionKey } from '../../../mesh/keys.ts';
import type { ServiceFact } from '../../../mesh/facts.ts';
import type { ControlPlane } from '../../../mesh/control-plane-model.ts';
import type { Check, CheckView, Finding } from '../../check.ts';
import { isManaged, objectOf, planeOf } from './gateways.ts';

/** Every pair of versions that the way to the target goes through. */
function steps({ target }: CheckView): readonly { readonly from: string; readonly to: string }[] {
  if (target === null) return [];
  if (target.hops.length > 0) return target.hops;
  return target.from === null || target.from === target.version ? [] : [{ from: target.from, to: target.version }];
}

/** The istiod that is left empties gateways that still serve. */
export const leavingKeepsConfig: Check = {
  id: 'ML-G001',
  title: 'the control plane that is left goes on serving gateways that change their revision',
  looksAt:
    'Gateways and waypoints of the Gateway API, the version of the control plane that owns each, and the known bad versions.',
  why: 'istiod 1.24.2 to 1.29.4 and 1.30.0 to 1.30.1 drop a Gateway the moment its revision changes, by label or by a tag that moves, and send its old pods an empty configuration while they still serve: 404, 502 and NR for some 30 s.',
  remedy:
    'Bring the old control plane in place to 1.29.5, 1.30.2 or later first: the fix must be in the one that is left. Or build a second Gateway on the new revision and move DNS.',
  source: 'istio/istio issues 59959, 59489, pull requests 60158 and 60627',
  severities: ['blocks'],
  needs: ['gateways', 'target'],
  pains: ['P02', 'P34'],
  run: (view) => {
    const { target, knowledge } = view;
    if (target?.strategy !== 'revision' || target.hops.length === 0) return [];
    return view.mesh.gateways.filter(isManaged).flatMap((gateway): Finding[] => {
      const plane = view.mesh.controlPlanes.find(({ revision }) => revision === gateway.effectiveRevision);
      if (plane?.version === undefined || plane.version === null || plane.version === target.version) return [];
      const pairs = pairsBetween(plane.version, target.version, knowledge);
      if (!pairs.some(({ id }) => id === 'old-istiod-empties-gateways')) return [];
      const { namespace, name } = gateway;
      return [
        {
          ...{ severity: 'blocks', object: objectOf(view, gateway), field: `metadata.labels[${revisionKey}]` },
          value: plane.revision,
          message: `It belongs to revision ${plane.revision} (${plane.version}), which empties its pods when it gets another revision.`,
          why: 'Its pods serve 404 and 502 until the new ones are ready.',
          remedy: `${fixOf(plane)}; else a second Gateway with label ${revisionKey}=NEW beside ${namespace}/${name}, and DNS moved when it is programmed`,
        },
      ];
    });
  },
};

function fixOf({ version, owner, namespace }: ControlPlane): string {
  const fixed = version?.startsWith('1.30.') ? '1.30.2' : '1.29.5';
  const line = `Bring the old control plane to ${fixed} or later in place first`;
  const release = owner.name.split('/').at(-1) ?? '';
  if (owner.kind !== 'helm' || release === '') return line;
  return `${line}: helm upgrade ${release} istio/istiod -n ${namespace} --version ${fixed} --reset-then-reuse-values`;
}

// The name of a tag stays when the tag moves.
function namesRevision(value: string | undefined, { mesh }: CheckView): boolean {
  return mesh.controlPlanes.some(({ revision }) => revision === value);
}

/** Selected by a label that the upgrade changes. */
export const selectorsAreStable: Check = {
  id: 'ML-G006',
  title: 'no Service and no Istio Gateway selects gateway pods by their revision or version',
  looksAt:
    'spec.selector of the Services in front of gateways and of networking.istio.io Gateways: istio.io/rev with the name of a revision, app.kubernetes.io/version, helm.sh/chart.',
  why: 'Pods of the new revision do not carry the old value: the Service sends them nothing, and the Gateway gives them no routes. When the last old pod goes, nothing serves.',
  remedy: 'Select by labels that stay, such as istio or app.',
  source: 'istio/istio issues 46052, 49989, 43433, 42290',
  severities: ['blocks'],
  needs: ['pods', 'deployments', 'services', 'istioGateways'],
  pains: ['P62'],
  run: (view) => {
    if (view.target?.strategy === 'in-place') return [];
    const facts = view.mesh.gateways.flatMap((gateway) => view.look.workloadOf(gateway) ?? []);
    const services = new Map<ServiceFact, string>();
    for (const fact of facts) {
      for (const service of view.look.servicesOf(fact)) {
        const key = unstableKey(service.selector, view);
        if (key !== null) services.set(service, key);
      }
    }
    const gateways = view.facts.istioGateways.items.flatMap(({ meta, selector }): Finding[] => {
      const key = unstableKey(selector, view);
      const used = facts.some(({ template }) => includesLabels(template.labels, selector));
      return key === null || !used ? [] : [unstable('Gateway', meta.namespace, meta.name, [key, selector[key] ?? ''])];
    });
    return [
      ...[...services].map(([{ meta, selector }, key]) =>
        unstable('Service', meta.namespace, meta.name, [key, selector[key] ?? '']),
      ),
      ...gateways,
    ];
  },
};

function unstableKey(selector: Readonly<Record<string, string>>, view: CheckView): string | null {
  const found = ['app.kubernetes.io/version', 'helm.sh/chart'].find((key) => selector[key] !== undefined);
  return found ?? (namesRevision(selector[revisionKey], view) ? revisionKey : null);
}

function unstable(
  kind: 'Service' | 'Gateway',
  namespace: string,
  name: string,
  [key, value]: readonly [string, string],
): Finding {
  const resource = kind === 'Service' ? 'service' : 'gateways.networking.istio.io';
  return {
    ...{ severity: 'blocks', object: { kind, namespace, name }, field: `spec.selector[${key}]`, value },
    message: `It selects gateway pods by ${key}=${value}, which pods of the new revision do not have.`,
    why:
      kind === 'Service'
        ? 'It sends no traffic to the new pods, and has no pod at all when the last old one goes.'
        : 'The new pods get none of its routes and answer 404.',
    remedy: `kubectl -n ${namespace} patch ${resource} ${name} --type json -p '[{"op":"remove","path":"/spec/selector/${key.replaceAll('/', '~1')}"}]', after checking that the other labels find the same pods`,
  };
}

/** A gateway whose proxy the installer wrote into the template. */
export const gatewayIsInjected: Check = {
  id: 'ML-G008',
  title: 'every gateway takes its proxy by injection, not from the template of an installer',
  looksAt: 'Gateway Deployments with an image of a version in their template (istioctl profiles), and the strategy.',
  why: 'Such a gateway belongs to one installation: a new revision leaves it on the old control plane, an installation in place replaces it in the same step as istiod, and removing the revision removes the gateway. When its proxy dials istiod.istio-system.svc by name, nothing else moves it.',
  remedy:
    'A gateway of the gateway chart (image auto) with the labels that the Service selects by, beside the old one; then scale the old one to 0.',
  source: 'istio/istio issues 26019, 33822, 42290; istio.io, Installing gateways',
  severities: ['warns', 'informs'],
  needs: ['pods', 'deployments'],
  pains: ['P56', 'P62'],
  run: (view) =>
    view.mesh.gateways
      .filter(({ form, replicas }) => form === 'legacy' && replicas > 0)
      .map((gateway): Finding => {
        const fact = view.look.workloadOf(gateway);
        const byRevision = view.target?.strategy === 'revision';
        const selector = Object.entries(gateway.service?.selector ?? fact?.selector ?? {});
        const labels = selector.map(([key, value]) => `--set labels.${key}=${value}`).join(' ');
        const { namespace, name } = gateway;
        return {
          ...{ severity: byRevision ? 'warns' : 'informs', object: objectOf(view, gateway) },
          ...{ field: 'spec.template.spec.containers[].image', value: fact?.template.proxy?.image ?? '' },
          message: 'Its proxy is written into its template by the installer, so no revision and no tag moves it.',
          why: byRevision
            ? 'It stays on the old control plane, which cannot be removed before the gateway is replaced.'
            : 'An installation in place replaces it in the same step as istiod, with default drain and without a pause.',
          remedy: `helm install ${name}-new istio/gateway -n ${namespace} --set service.type=None ${labels}; when it is ready: kubectl -n ${namespace} scale deployment ${name} --replicas 0`,
        };
      }),
};

/** Removed together with a control plane. */
export const gatewayHasOwnRelease: Check = {
  id: 'ML-G009',
  title: 'no gateway belongs to the installation of a control plane',
  looksAt:
    'Helm release of every gateway against those of the control planes; label istio.io/rev of gateways of istioctl.',
  why: 'When the old revision is removed, or the new one on the way back, Helm or istioctl removes the gateway with its Service: the address is gone.',
  remedy: 'A release of its own for every gateway, before the upgrade.',
  source: 'istio/istio issues 26019, 33822, 31418',
  severities: ['warns'],
  needs: ['pods', 'deployments'],
  pains: ['P32', 'P56'],
  run: (view) => {
    if (view.target?.strategy === 'in-place') return [];
    return view.mesh.gateways.flatMap((gateway): Finding[] => {
      const { owner, namespace, name } = gateway;
      const release = view.mesh.controlPlanes.find(
        (plane) => plane.owner.kind === 'helm' && plane.owner.name === owner.name,
      );
      const labelled = view.look.workloadOf(gateway)?.meta.labels[revisionKey];
      const byIstioctl = owner.kind === 'istioctl' && namesRevision(labelled, view) && labelled !== 'default';
      const shared = owner.kind === 'helm' && release !== undefined;
      if (isManaged(gateway) || (!shared && !byIstioctl)) return [];
      const of = shared ? `Helm release ${owner.name}` : `revision ${labelled ?? ''} of istioctl`;
      const keep = `kubectl -n ${namespace} annotate service ${gateway.service?.name ?? name} helm.sh/resource-policy=keep`;
      return [
        {
          ...{ severity: 'warns', object: objectOf(view, gateway), field: 'metadata' },
          value: owner.evidence,
          message: `It belongs to ${of}, as a control plane does.`,
          why: 'Whoever removes that control plane removes the gateway, its Service and its address too.',
          remedy: `Install it from the gateway chart under a release of its own before the upgrade; at the least: ${keep}`,
        },
      ];
    });
  },
};

const immutableSelector = 'managed-gateway-selector-immutable';

/** Deployments that the target's istiod can't patch. */
export const selectorCanStay: Check = {
  id: 'ML-G010',
  title: 'the target can patch the Deployments of managed gateways',
  looksAt:
    'spec.selector of Deployments that istiod renders (label istio.io/gateway-name of 1.23 and older), and all versions on the way.',
  why: '1.24.0 to 1.24.2 want another selector, which is immutable: the gateway is not updated, and stays on the old proxy for ever.',
  remedy: 'Go to 1.24.3 or later.',
  source: 'istio/istio issue 54145; releasenotes/notes/54145.yaml',
  severities: ['blocks'],
  needs: ['gateways', 'deployments', 'target'],
  pains: ['P33'],
  run: (view) => {
    const hit = steps(view).find(({ from, to }) =>
      pairsBetween(from, to, view.knowledge).some(({ id }) => id === immutableSelector),
    );
    if (hit === undefined) return [];
    return view.mesh.gateways.filter(isManaged).flatMap((gateway): Finding[] => {
      const value = view.look.workloadOf(gateway)?.selector['istio.io/gateway-name'];
      if (value === undefined) return [];
      return [
        {
          ...{ severity: 'blocks', object: objectOf(view, gateway) },
          ...{ field: 'spec.selector.matchLabels[istio.io/gateway-name]', value },
          message: `Its Deployment selects by istio.io/gateway-name, which ${hit.to} cannot patch.`,
          why: 'The new istiod fails to update it at every attempt, and it stays on its old proxy.',
          remedy: 'Take 1.24.3 or later in place of ' + hit.to + ': meshlift check --to 1.24',
        },
      ];
    });
  },
};

/** istiod renews it by itself, and it has one pod. */
export const managedHasTwoPods: Check = {
  id: 'ML-G011',
  title: 'gateways and waypoints that istiod renews by itself have two pods or more',
  looksAt: 'Replicas of the Deployments of Gateway API Gateways and waypoints.',
  why: 'istiod rolls these as soon as it is of another version or their revision changes, all of them at once, with default drain. With one pod everything depends on how fast the next is ready, and on no node failing meanwhile; users reported gaps of minutes.',
  remedy: 'Two replicas by the ConfigMap that spec.infrastructure.parametersRef names, before istiod is touched.',
  source: 'istio/istio issues 59709, 53883, 42299',
  severities: ['warns'],
  needs: ['gateways', 'deployments'],
  pains: ['P34', 'P12'],
  run: (view) =>
    view.mesh.gateways
      .filter((gateway) => {
        const moves = view.target === null || gateway.versions.some((version) => version !== view.target?.version);
        return isManaged(gateway) && gateway.replicas === 1 && (gateway.autoscaler?.min ?? 1) < 2 && moves;
      })
      .map((gateway): Finding => {
        const { namespace, name } = gateway;
        const plane = planeOf(view, gateway);
        return {
          ...{ severity: 'warns', object: objectOf(view, gateway), field: 'spec.replicas', value: '1' },
          message: `It has one pod, and istiod${plane === undefined ? '' : ` ${plane.revision}`} decides when that is replaced.`,
          why: 'It is rolled as soon as its istiod is of another version; nothing stands in while the new pod gets ready.',
          remedy: `kubectl -n ${namespace} create configmap ${name}-options --from-literal=deployment='spec: {replicas: 2, strategy: {rollingUpdate: {maxUnavailable: 0}}}' && kubectl -n ${namespace} patch gateways.gateway.networking.k8s.io ${name} --type merge -p '{"spec":{"infrastructure":{"parametersRef":{"group":"","kind":"ConfigMap","name":"${name}-options"}}}}'`,
        };
      }),
};
