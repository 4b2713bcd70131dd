/** Owners that meshlift does not drive: it says what to change there, field by field, and waits for it. */
import { Blocked } from '../errors.ts';
import type { OwnerKind } from '../mesh/model-basics.ts';
import type { Release } from '../steps/spec.ts';
import type { Installer, InstallRequest } from './installer.ts';

/** Owners without an adapter. */
export type RefusedOwner = Exclude<OwnerKind, 'helm' | 'istioctl'>;

interface Change {
  readonly why: string;
  readonly install: (request: InstallRequest) => string;
  readonly remove: (release: Release, revision: string) => string;
}

const byHand = (what: string): string => `${what}, then make a new plan: it goes on from what is there.`;

const revisionName = (revision: string): string => (revision === 'default' ? '' : revision);

/** Chart values of a request, as the owner's object must say them. */
function values(request: InstallRequest): string {
  if (request.chart === 'base') return `defaultRevision: "${request.defaultRevision}"`;
  const tags = request.tags === null ? '' : `, revisionTags: [${request.tags.join(', ')}]`;
  return `revision: "${revisionName(request.revision)}"${tags}`;
}

const delivered = (kind: string, versionField: string, valuesField: string): Omit<Change, 'why'> => ({
  install: (request) => {
    const { release, version, chart } = request;
    const beside = request.chart === 'istiod' && request.like !== null;
    const which = beside
      ? `Add ${kind === 'Application' ? 'an' : 'a'} ${kind} for release ${release.namespace}/${release.name}, a copy of that of ${request.like.name} with its own name and release`
      : `Change the ${kind} that makes release ${release.namespace}/${release.name}`;
    return byHand(`${which}: chart ${chart}, ${versionField} to "${version}", ${valuesField} with ${values(request)}`);
  },
  remove: (release, revision) =>
    byHand(
      `Delete the ${kind} that makes release ${release.namespace}/${release.name} of revision ${revision}, with pruning on`,
    ),
});

const changes: Readonly<Record<RefusedOwner, Change>> = {
  sail: {
    why: 'The Sail operator manages it and reverts what others change.',
    install: (request) => sailInstall(request),
    remove: (_release, revision) =>
      byHand(
        `Let IstioRevision ${revision} go: with spec.updateStrategy.type RevisionBased the operator deletes it after ` +
          'spec.updateStrategy.inactiveRevisionDeletionGracePeriodSeconds of Istio; else delete that IstioRevision',
      ),
  },
  argocd: {
    why: 'Argo CD deploys it and reverts what others change.',
    ...delivered('Application', 'field spec.source.targetRevision', 'field spec.source.helm.valuesObject'),
  },
  flux: {
    why: 'Flux deploys it and reverts what others change.',
    ...delivered('HelmRelease', 'field spec.chart.spec.version', 'field spec.values'),
  },
  none: {
    why: 'No tool is known to manage it: its objects carry no sign of any.',
    install: (request) =>
      byHand(
        `Apply the manifests of chart ${request.chart} ${request.version} with ${values(request)} as you applied those before`,
      ),
    remove: (_release, revision) => byHand(`Delete the objects of revision ${revision} as you applied them`),
  },
  mixed: {
    why: 'Two tools claim it, so neither can change it safely.',
    install: (request) =>
      byHand(
        `Decide for one tool and take away the signs of the other (annotations meta.helm.sh/*, or labels operator.istio.io/*) ` +
          `from the objects of ${request.release.namespace}/${request.release.name || 'the control plane'}`,
      ),
    remove: (_release, revision) => byHand(`Remove revision ${revision} with the tool that installed it last`),
  },
  unknown: {
    why: 'Who manages it could not be read.',
    install: () => byHand('Give the right to read its objects and Secrets of Helm releases (metadata)'),
    remove: () => byHand('Give the right to read its objects and Secrets of Helm releases (metadata)'),
  },
};

function sailInstall(request: InstallRequest): string {
  const { version } = request;
  if (request.chart === 'base') {
    return byHand(
      `Set field spec.version of the Istio resource to v${version}: the operator brings the CRDs of its own version`,
    );
  }
  if (request.tags !== null) {
    const set = request.tags.map(
      (tag) => `field spec.targetRef of IstioRevisionTag ${tag} to {kind: IstioRevision, name: ${request.revision}}`,
    );
    return byHand(`Set ${set.join(' and ')}`);
  }
  return byHand(
    `Set field spec.updateStrategy.type of the Istio resource to RevisionBased and field spec.version to v${version}; the operator ` +
      `then makes an IstioRevision of that version beside the old one (here it would be ${request.revision})`,
  );
}

/** An installer that refuses everything with the change to make. Every method throws Blocked. */
export function refusedInstaller(owner: RefusedOwner): Installer {
  const change = changes[owner];
  const refuse = (object: string, remedy: string): Promise<never> =>
    Promise.reject(new Blocked(`meshlift does not change ${object}. ${change.why}`, { object, remedy }));
  return {
    name: owner,
    preview: (request) => refuse(nameOf(request), change.install(request)),
    install: (request) => refuse(nameOf(request), change.install(request)),
    remove: (release, revision) => refuse(`control plane ${revision}`, change.remove(release, revision)),
  };
}

function nameOf(request: InstallRequest): string {
  return request.chart === 'base' ? 'chart base' : `control plane ${request.revision}`;
}
