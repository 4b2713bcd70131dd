/** Proxies that templates fix: baked in, pinned, waiting for an injector, or from templates that are not there. */
import type { WorkloadFact } from '../../../mesh/facts.ts';
import { autoImage, managedKey, revisionKey, statusKey, templatesKey } from '../../../mesh/keys.ts';
import { imageVersion } from '../../../mesh/versions.ts';
import { plural } from '../../../report/words.ts';
import type { Check, CheckView, Finding, FoundObject } from '../../check.ts';
import { listed } from '../data-plane/words.ts';
import { injectKey, proxyImageKey } from './keys.ts';

function objectOf({ kind, meta: { namespace, name } }: WorkloadFact): FoundObject {
  return { kind, namespace, name };
}

// istiod makes Gateway API gateways and ztunnel's template is its chart's: their proxies change with a release.
function isUsers({ meta, template }: WorkloadFact): boolean {
  return (
    meta.labels[managedKey] === undefined &&
    template.labels[managedKey] === undefined &&
    template.proxy?.role !== 'ztunnel' &&
    !('discovery' in template.images)
  );
}

/** A gateway of istioctl: its image changes with the installation. */
function isLegacyGateway({ mesh }: CheckView, { meta }: WorkloadFact): boolean {
  return mesh.gateways.some(
    ({ form, owner, namespace, name }) =>
      form === 'legacy' && owner.kind === 'istioctl' && namespace === meta.namespace && name === meta.name,
  );
}

/** kube-inject. */
export const noProxyIsBakedIn: Check = {
  id: 'ML-I006',
  title: 'no pod template holds a proxy that was injected by hand',
  looksAt: `Container istio-proxy with an image, and annotation ${statusKey}, in the templates of workloads (not of gateways that istiod or istioctl makes).`,
  why: 'Admission does not choose such a proxy: every restart brings the old version back, with the old address of the control plane and the old shape.',
  remedy:
    'Take the proxy out of the manifest and let admission inject, or run istioctl kube-inject of the new version over it.',
  source: 'istio.io docs/setup/additional-setup/sidecar-injection; istio/istio issue 49221',
  severities: ['warns'],
  needs: ['deployments'],
  pains: ['P05', 'P26', 'P59'],
  run: (view) =>
    view.look.workloadFacts.flatMap((fact): Finding[] => {
      const { proxy, annotations } = fact.template;
      const image = proxy === null || proxy.image === autoImage ? null : proxy.image;
      if (!isUsers(fact) || isLegacyGateway(view, fact)) return [];
      if (image === null && annotations[statusKey] === undefined) return [];
      const { namespace, name } = fact.meta;
      return [
        {
          ...{ severity: 'warns', object: objectOf(fact) },
          ...{ field: 'spec.template.spec.containers[istio-proxy].image', value: image ?? '' },
          message: `Its template holds the proxy itself${image === null ? '' : ` (${imageVersion(image) ?? image})`}.`,
          why: 'A restart keeps that proxy, so it never moves to the new version, and the old control plane has to stay.',
          remedy: `Take istio-proxy, istio-init and annotation ${statusKey} out of its manifest; or: kubectl -n ${namespace} get ${fact.kind.toLowerCase()} ${name} -o yaml | istioctl kube-inject -f - with the istioctl of the new version, applied after the new control plane runs`,
        },
      ];
    }),
};

/** Pinned image. */
export const noProxyIsPinned: Check = {
  id: 'ML-I007',
  title: 'no pod template pins the image of its proxy',
  looksAt: `Annotation ${proxyImageKey} of pod templates.`,
  why: 'Such pods keep the version whatever injects them, and may crash: the injector of the new version gives them arguments that the old image does not know.',
  remedy: 'Take the annotation away, or write the image of the new version into it.',
  source: 'istio/istio issues 8842, 11295, 51888',
  severities: ['warns'],
  needs: ['deployments'],
  pains: ['P59'],
  run: ({ look }) =>
    look.workloadFacts.flatMap((fact): Finding[] => {
      const image = fact.template.annotations[proxyImageKey];
      // The injector ignores a name without a slash.
      if (image?.includes('/') !== true) return [];
      const { namespace, name } = fact.meta;
      return [
        {
          ...{ severity: 'warns', object: objectOf(fact) },
          ...{ field: `spec.template.metadata.annotations[${proxyImageKey}]`, value: image },
          message: `It pins its proxy to ${image}.`,
          why: 'It never moves to the new version, and may crash on arguments that its image does not know.',
          remedy: `kubectl -n ${namespace} patch ${fact.kind.toLowerCase()} ${name} --type json -p '[{"op":"remove","path":"/spec/template/metadata/annotations/${proxyImageKey.replace('/', '~1')}"}]', and in the manifest that it comes from`,
        },
      ];
    }),
};

/** Names in istio-discovery/templates/istiod-injector-configmap.yaml at the tags 1.18.0 to 1.31.0-rc.0: the last two came with 1.29 and 1.31. */
const chartTemplates: ReadonlySet<string> = new Set([
  ...['sidecar', 'gateway', 'grpc-simple', 'grpc-agent', 'waypoint', 'kube-gateway'],
  ...['agentgateway', 'agentgateway-waypoint'],
]);

/** Templates of the mesh's own. */
export const templatesAreThoseOfTheChart: Check = {
  id: 'ML-I008',
  title: 'the injector uses the templates of its release only',
  looksAt:
    'Names of the templates in ConfigMap istio-sidecar-injector, and annotation inject.istio.io/templates of pod templates that name one.',
  why: 'A template of your own patches what the release makes: when that changes, as when istio-proxy became an init container in 1.27, the two no longer fit and pods are refused or lack what it adds.',
  remedy:
    'Make a pod of the new revision with a server-side dry run and compare it with the old one, before anything is moved.',
  source: 'istio.io 1.27 upgrade notes; istio/istio issues 49221, 57587',
  severities: ['warns'],
  needs: ['configMaps'],
  pains: ['P26'],
  run: (view) =>
    view.facts.configMaps.items.flatMap(({ meta, injector }): Finding[] => {
      const own = (injector?.templates ?? []).filter((name) => !chartTemplates.has(name));
      if (own.length === 0) return [];
      const revision = meta.labels[revisionKey] ?? 'default';
      const users = view.look.workloadFacts.filter(({ template }) =>
        namedTemplates(template.annotations).some((name) => own.includes(name)),
      );
      return [
        {
          ...{ severity: 'warns', object: { kind: 'ConfigMap', namespace: meta.namespace, name: meta.name } },
          ...{ field: 'data.config.templates', value: own.join(', ') },
          message: `It has templates of its own: ${listed(own)}, named by ${plural(users.length, 'workload')}.`,
          why: 'They were written for the pods of this version; on those of another they may not fit.',
          remedy: `Compare before anything moves: kubectl run probe --image=pause --labels=${revisionKey}=${revision} --annotations=${templatesKey}=sidecar,${own[0] ?? ''} --dry-run=server -o yaml, with the old and the new revision`,
        },
      ];
    }),
};

function namedTemplates(annotations: Readonly<Record<string, string>>): readonly string[] {
  return (annotations[templatesKey] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** image: auto. */
export const autoImageIsInjected: Check = {
  id: 'ML-I009',
  title: 'every pod with image auto meets an injector',
  looksAt: 'Templates and pods whose container istio-proxy has image auto, with the labels that decide on injection.',
  why: 'The name auto stands for the image that the injector writes. A pod that no injector meets tries to pull an image of that name: a gateway that is restarted does not come back.',
  remedy: 'Label the namespace or the pods for a revision that runs, and restart the gateway then.',
  source: 'istio/istio issues 46307, 53290, 58911, 35789',
  severities: ['blocks'],
  needs: ['namespaces', 'mutatingWebhooks', 'deployments'],
  pains: ['P15'],
  run: (view) =>
    view.look.workloadFacts.flatMap((fact): Finding[] => {
      if (fact.template.proxy?.image !== autoImage) return [];
      const injection = view.look.meshWorkload(fact)?.injection;
      const raw = view.look.podsOf(fact).filter(({ proxy, deleting }) => proxy?.image === autoImage && !deleting);
      const uninjected = injection?.outcome === 'none' && injection.code !== 'webhook-dead';
      if (!uninjected && raw.length === 0) return [];
      const { namespace, name } = fact.meta;
      const pods = raw.map(({ meta }) => meta.name);
      return [
        {
          ...{ severity: 'blocks', object: objectOf(fact) },
          ...{ field: 'spec.template.spec.containers[istio-proxy].image', value: autoImage },
          message: uninjected
            ? `No injector meets its pods. ${injection.reason}`
            : `No injector met ${listed(pods)}: the image is still auto.`,
          why: 'Such a pod tries to pull an image named auto and never starts.',
          remedy: uninjected
            ? `kubectl label namespace ${namespace} ${revisionKey}=REVISION (or label ${injectKey}=true in the template, for the default revision), then: kubectl -n ${namespace} rollout restart ${fact.kind.toLowerCase()} ${name}`
            : `kubectl -n ${namespace} delete pod ${pods[0] ?? ''}`,
        },
      ];
    }),
};

/** Named templates. */
export const namedTemplatesExist: Check = {
  id: 'ML-I010',
  title: 'every injection template that a pod names exists',
  looksAt: `Annotation ${templatesKey} of pod templates, against the templates of the injector that would inject them.`,
  why: 'The injector refuses a pod that names a template which it does not have: the restart hangs. A new revision installed without the templates of the old one has that effect.',
  remedy:
    'Bring the template into the values of the revision (sidecarInjectorWebhook.templates), or take the name away.',
  source: 'pkg/kube/inject/webhook.go in istio/istio; istio.io docs/setup/additional-setup/sidecar-injection',
  severities: ['blocks'],
  needs: ['configMaps', 'namespaces', 'mutatingWebhooks', 'deployments'],
  pains: ['P43'],
  run: (view) => {
    const known = new Map(
      view.facts.configMaps.items.flatMap(({ meta, injector }) =>
        injector === null || injector.templates.length === 0
          ? []
          : [[meta.labels[revisionKey] ?? 'default', injector.templates] as const],
      ),
    );
    return view.look.workloadFacts.flatMap((fact): Finding[] => {
      const named = namedTemplates(fact.template.annotations);
      const injection = named.length === 0 ? undefined : view.look.meshWorkload(fact)?.injection;
      const templates = known.get(injection?.revision ?? '');
      const missing = named.filter((name) => templates?.includes(name) === false);
      if (injection?.outcome !== 'injected' || missing.length === 0) return [];
      return [
        {
          ...{ severity: 'blocks', object: objectOf(fact) },
          ...{ field: `spec.template.metadata.annotations[${templatesKey}]`, value: missing.join(', ') },
          message: `Revision ${injection.revision ?? ''}, which injects it, has no template ${missing.join(', ')}.`,
          why: 'Its pods are refused when they are restarted.',
          remedy: `Set sidecarInjectorWebhook.templates.${missing[0] ?? ''} in the values of revision ${injection.revision ?? ''} as the other revision has it`,
        },
      ];
    });
  },
};
