/** Revision tags: where they point, and whose they are. */
import type { RevisionTag } from '../../../mesh/control-plane-model.ts';
import type { MetaFact } from '../../../mesh/facts.ts';
import { compareVersions } from '../../../mesh/versions.ts';
import type { Check, CheckView, Finding, FoundObject } from '../../check.ts';

function objectOf({ name, webhook, service }: RevisionTag): FoundObject {
  if (webhook !== null) return { kind: 'MutatingWebhookConfiguration', namespace: '', name: webhook };
  const [namespace = '', own = name] = (service ?? '').split('/');
  return { kind: 'Service', namespace, name: own };
}

function newestAlive({ mesh }: CheckView): string | undefined {
  const alive = mesh.controlPlanes.filter(({ readyReplicas }) => readyReplicas > 0);
  return alive.toSorted((a, b) => compareVersions(b.version ?? '', a.version ?? ''))[0]?.revision;
}

/** A tag that leads nowhere. */
export const tagIsServed: Check = {
  id: 'ML-R001',
  title: 'every revision tag points to a revision that serves',
  looksAt:
    'Label istio.io/rev and clientConfig.service of the webhook configurations with label istio.io/tag, against the Services.',
  why: 'Whoever uses the tag gets no sidecar, or its pods are refused; Gateways that name it are programmed by nobody.',
  remedy: 'Move the tag to a revision that runs, or install its revision again.',
  source: 'istio/istio issues 47423, 36905, 39694',
  severities: ['blocks', 'warns'],
  needs: ['mutatingWebhooks', 'services'],
  pains: ['P19', 'P64'],
  run: (view) =>
    view.facts.mutatingWebhooks.items.flatMap(({ kind, meta, webhooks }): Finding[] => {
      const tag = meta.labels['istio.io/tag'];
      if (tag === undefined) return [];
      const dead = webhooks.filter(({ service }) => service !== null && !exists(view, service.namespace, service.name));
      const [first] = dead;
      if (first === undefined) return [];
      const fails = dead.some(({ failurePolicy }) => failurePolicy === 'Fail');
      const revision = newestAlive(view);
      return [
        {
          ...{ severity: fails ? 'blocks' : 'warns', object: { kind, namespace: '', name: meta.name } },
          ...{ field: 'webhooks[].clientConfig.service.name', value: first.service?.name ?? '' },
          message: `Tag ${tag} points to Service ${first.service?.namespace ?? ''}/${first.service?.name ?? ''}, which does not exist.`,
          why: fails
            ? `Pods of namespaces labelled istio.io/rev=${tag} are refused.`
            : `Pods of namespaces labelled istio.io/rev=${tag} start without a sidecar.`,
          remedy:
            revision === undefined
              ? 'Install a control plane, then: istioctl tag set ' + tag + ' --revision REVISION --overwrite'
              : `istioctl tag set ${tag} --revision ${revision} --overwrite`,
        },
      ];
    }),
};

function exists({ look }: CheckView, namespace: string, name: string): boolean {
  return look.servicesIn(namespace).some(({ meta }) => meta.name === name);
}

/** The two objects of one tag disagree. */
export const tagIsWhole: Check = {
  id: 'ML-R002',
  title: 'the webhook and the Service of every revision tag name the same revision',
  looksAt:
    'Label istio.io/rev of the MutatingWebhookConfiguration and of the Service (Istio 1.28 and later) with the same label istio.io/tag.',
  why: 'Injection goes by the one, proxies and Gateways that dial the tag by the other: they end up on different control planes, and removing either breaks the half that follows it.',
  remedy: 'Set the tag again; that writes both.',
  source: 'istio/istio pull request 57217 and issues 58447, 60537',
  severities: ['warns'],
  needs: ['mutatingWebhooks', 'services'],
  pains: ['P19'],
  run: (view) =>
    view.mesh.tags.flatMap((tag): Finding[] => {
      const configs = view.facts.mutatingWebhooks.items.filter(({ meta }) => meta.labels['istio.io/tag'] === tag.name);
      const service = view.facts.services.items.find(({ meta }) => meta.labels['istio.io/tag'] === tag.name);
      const byWebhook = configs[0]?.meta.labels['istio.io/rev'];
      const byService = service?.meta.labels['istio.io/rev'];
      const problem =
        configs.length > 1
          ? `${String(configs.length)} webhook configurations stand for tag ${tag.name}: ${configs.map(({ meta }) => meta.name).join(', ')}.`
          : byWebhook === undefined
            ? `Of tag ${tag.name} only the Service is left: it injects nothing.`
            : byService !== undefined && byService !== byWebhook
              ? `Tag ${tag.name} injects with ${byWebhook}, but its Service leads to ${byService}.`
              : null;
      if (problem === null) return [];
      return [
        {
          ...{ severity: 'warns', object: objectOf(tag), field: 'metadata.labels[istio.io/rev]' },
          ...{ value: byWebhook ?? byService ?? '', message: problem },
          ...(byWebhook === undefined ? leftOver(view, tag, service?.meta) : disagreement(tag.name, byWebhook)),
        },
      ];
    }),
};

function leftOver(view: CheckView, { name }: RevisionTag, meta: MetaFact | undefined): Pick<Finding, 'why' | 'remedy'> {
  const revision = newestAlive(view);
  const set = revision === undefined ? '' : `istioctl tag set ${name} --revision ${revision}; when it is not: `;
  return {
    why: `Namespaces labelled istio.io/rev=${name} get no sidecar, while proxies and Gateways may still dial the Service.`,
    remedy: `${set === '' ? '' : `When the tag is used: ${set}`}kubectl -n ${meta?.namespace ?? ''} delete service ${meta?.name ?? ''}`,
  };
}

function disagreement(name: string, revision: string): Pick<Finding, 'why' | 'remedy'> {
  return {
    why: 'Injection and the proxies that dial the tag end up on different control planes.',
    remedy: `istioctl tag set ${name} --revision ${revision} --overwrite, or with Helm: template revision-tags-mwc.yaml and revision-tags-svc.yaml with revisionTags={${name}}`,
  };
}

/** A tag that goes away with a release that it does not belong to any more. */
export const tagOwnerIsItsRevision: Check = {
  id: 'ML-R003',
  title: 'no revision tag belongs to the Helm release of another revision',
  looksAt:
    'Annotation meta.helm.sh/release-name of every tag, against the release of the control plane of another revision.',
  why: '`helm uninstall` of the old revision deletes the tag with it, and every namespace that uses it loses injection.',
  remedy: 'Make the tag again from the release of the revision that it points to, before the other release is removed.',
  source: 'istio/istio issues 47423, 58447',
  severities: ['warns'],
  needs: ['mutatingWebhooks', 'deployments'],
  pains: ['P19'],
  run: ({ mesh }) =>
    mesh.tags.flatMap((tag): Finding[] => {
      const stranger = mesh.controlPlanes.find(
        ({ owner, revision }) => owner.kind === 'helm' && owner.name === tag.owner.name && revision !== tag.revision,
      );
      if (tag.owner.kind !== 'helm' || stranger === undefined) return [];
      return [
        {
          ...{ severity: 'warns', object: objectOf(tag), field: 'metadata.annotations[meta.helm.sh/release-name]' },
          value: tag.owner.name,
          message: `Tag ${tag.name} points to ${tag.revision}, but belongs to release ${tag.owner.name}, which is that of ${stranger.revision}.`,
          why: `Helm deletes the tag together with release ${tag.owner.name}, and namespaces labelled istio.io/rev=${tag.name} lose injection.`,
          remedy: `istioctl tag set ${tag.name} --revision ${tag.revision} --overwrite, and take ${tag.name} out of revisionTags of release ${tag.owner.name}`,
        },
      ];
    }),
};
