/** Values that this mesh was installed with, against what the charts of the target accept, and where images come from. */
import { minorOf, minorsBetween } from '../../../knowledge/versions.ts';
import type { Check, CheckView, Finding, FoundObject, Unseen } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { listed } from '../data-plane/words.ts';
import { object } from './exposure.ts';
import { hubOf, imagesOfRetired, retired, retiredCharts } from './registries.ts';
import { valuesOf } from './theme.ts';

// files/profile-compatibility-version-1.X.yaml of the istiod chart at each minor: oldest and newest that it accepts.
const accepted: Readonly<Record<string, readonly [oldest: string, newest: string]>> = {
  '1.21': ['1.20', '1.20'],
  '1.22': ['1.20', '1.21'],
  '1.24': ['1.21', '1.23'],
  '1.25': ['1.22', '1.24'],
  '1.26': ['1.23', '1.25'],
  '1.27': ['1.24', '1.26'],
  '1.28': ['1.25', '1.27'],
  '1.29': ['1.25', '1.28'],
  '1.30': ['1.25', '1.29'],
  '1.31': ['1.25', '1.30'],
};

interface Refused {
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

function refusedValue(values: Readonly<Record<string, string>>, minor: string): Refused | string | null {
  const compatibility = values['compatibilityVersion'] ?? '';
  if (values['global.pilotCertProvider'] === 'kubernetes') {
    const message = 'They set pilotCertProvider=kubernetes, which the charts refuse to render.';
    return { path: 'global.pilotCertProvider', message, remedy: 'Set global.pilotCertProvider=istiod' };
  }
  if (values['profile']?.startsWith('openshift') === true && (minorsBetween('1.24', minor) ?? -1) >= 0) {
    const message = `They set profile=${values['profile']}, which the charts of 1.24 and later do not have.`;
    return { path: 'profile', message, remedy: 'Set global.platform=openshift and remove profile' };
  }
  if (compatibility === '') return null;
  const range = accepted[minor];
  if (range === undefined) return `Which values of compatibilityVersion the charts of ${minor} accept is not known.`;
  const [low, high] = [minorsBetween(range[0], compatibility), minorsBetween(compatibility, range[1])];
  if (low !== null && high !== null && low >= 0 && high >= 0) return null;
  return {
    path: 'compatibilityVersion',
    message: `They set compatibilityVersion=${compatibility}, and the charts of ${minor} accept ${range[0]} to ${range[1]}.`,
    remedy: `Set compatibilityVersion to ${range[0]} or later in the values of istiod, istio-cni and ztunnel, or remove it`,
  };
}

/** A value that makes the charts fail. */
export const valuesAreAccepted: Check = {
  id: 'ML-V013',
  title: 'the charts of the target accept the values of this mesh',
  looksAt:
    'compatibilityVersion, profile and global.pilotCertProvider in the ConfigMaps values and istio-sidecar-injector of every revision, against what the charts of every hop ship.',
  why: 'A chart refuses a profile, a provider or a compatibilityVersion that it does not have: helm upgrade fails, at worst in the middle of the hops.',
  remedy: 'Change the value, at the version that runs, before the upgrade.',
  source: 'manifests/charts/istio-control/istio-discovery/templates/zzz_profile.yaml and files/ in istio/istio',
  severities: ['blocks'],
  needs: ['target', 'configMaps', 'deployments'],
  pains: [],
  run: (view) => {
    const { target, mesh } = view;
    const versions = target === null ? [] : target.hops.length > 0 ? target.hops.map(({ to }) => to) : [target.version];
    const minors = [...new Set(versions.map((version) => minorOf(version) ?? version))];
    return mesh.controlPlanes.flatMap(({ revision, namespace, replicas }): (Finding | Unseen)[] => {
      const values = valuesOf(view, revision);
      const place = object('ConfigMap', {
        namespace,
        name: revision === 'default' ? 'istio-sidecar-injector' : `istio-sidecar-injector-${revision}`,
      });
      const [found] =
        replicas === 0 ? [] : minors.map((minor) => refusedValue(values, minor)).filter((one) => one !== null);
      if (found === undefined) return [];
      if (typeof found === 'string') return [{ object: place, unseen: found }];
      return [
        {
          ...{ severity: 'blocks', object: place, field: `data.values ${found.path}`, value: values[found.path] ?? '' },
          message: found.message,
          why: 'The chart does not render, so the upgrade stops at that hop.',
          remedy: found.remedy,
        },
      ];
    });
  },
};

/** Since when the old registries and chart repositories may answer no more: the first test of switching them off. */
const scream = '2026-09-15';

/** Images and charts from where nothing is published any more. */
export const registriesAreAlive: Check = {
  id: 'ML-V015',
  title: 'no image or chart comes from a registry that was retired',
  looksAt:
    'Images of all workloads, annotation sidecar.istio.io/proxyImage, URLs of Argo CD and Flux, and the default hub of the target.',
  why: 'gcr.io/istio-release, registry.istio.io and istio-release.storage.googleapis.com are switched off, first for days at a time, then for good: a pod that is restarted on a node without the image stays in ImagePullBackOff.',
  remedy: 'Set hub to docker.io/istio or to your mirror, and take charts from blob.istio.io/istio-release/charts.',
  source: 'istio.io news/releases/1.31.x/announcing-1.31, upgrade notes; istio/istio issue 55120',
  severities: ['warns', 'informs'],
  needs: ['deployments'],
  pains: ['P44'],
  run: (view) => [...retiredImages(view), ...retiredDeliveries(view), ...movedHub(view)],
};

function retiredImages({ facts, today }: CheckView): readonly Finding[] {
  const uses = groupBy(imagesOfRetired(facts, retired), ({ object: { namespace } }) => namespace);
  return [...uses].map(([namespace, found]): Finding => {
    const [first] = found;
    const place: FoundObject =
      found.length === 1 && first !== undefined
        ? first.object
        : object('Namespace', { namespace: '', name: namespace });
    const names = found.map(({ object: { kind, name } }) => `${kind} ${name}`);
    return {
      ...{
        severity: 'warns',
        object: place,
        field: 'spec.template.spec.containers[].image',
        value: first?.image ?? '',
      },
      message: `It takes ${first?.image ?? ''} from a retired registry: ${listed(names)}.`,
      why:
        today >= scream
          ? 'The registry may refuse at any time: pods on nodes without the image do not start.'
          : `From ${scream} on the registry refuses at times: pods on nodes without the image do not start.`,
      remedy:
        'helm upgrade each chart with --set global.hub=docker.io/istio (ztunnel and cni: --set hub=docker.io/istio)',
    };
  });
}

function retiredDeliveries({ facts }: CheckView): readonly Finding[] {
  return facts.deliveries.items.flatMap(({ kind, meta, urls }): Finding[] => {
    const url = urls.find((one) => retiredCharts.some((host) => one.includes(host)));
    if (url === undefined) return [];
    return [
      {
        ...{ severity: 'warns', object: object(kind, meta), field: 'spec.source.repoURL', value: url },
        message: `It takes charts from ${url}, which is switched off.`,
        why: 'It can deliver no version any more, also not the old one that a rollback needs.',
        remedy: `Set the URL of ${kind} ${meta.namespace}/${meta.name} to https://blob.istio.io/istio-release/charts in Git`,
      },
    ];
  });
}

// 1.30 alone takes images from registry.istio.io by default; whoever has set a hub of their own is not touched.
function movedHub({ mesh, look, target }: CheckView): readonly Finding[] {
  if (target === null || minorOf(target.version) !== '1.30' || minorOf(target.from ?? '') === '1.30') return [];
  return mesh.controlPlanes.flatMap((plane): Finding[] => {
    const image = look.deploymentOf(plane)?.template.images['discovery'] ?? '';
    if (hubOf(image) !== 'docker.io/istio') return [];
    return [
      {
        ...{
          severity: 'informs',
          object: object('Deployment', { namespace: plane.namespace, name: plane.deployment }),
        },
        ...{ field: 'spec.template.spec.containers[discovery].image', value: image },
        message: 'Its images come from docker.io/istio; by default those of 1.30 come from registry.istio.io.',
        why: 'That registry is retired since 1.31, and nodes with an allow-list of registries do not know it.',
        remedy:
          'helm upgrade each chart with --set global.hub=docker.io/istio (ztunnel and cni: --set hub=docker.io/istio)',
      },
    ];
  });
}

/** Injected proxies from elsewhere than istiod. */
export const hubsAgree: Check = {
  id: 'ML-V016',
  title: 'proxies are taken from the same registry as their control plane',
  looksAt: 'global.hub in the values of each injector, against the image of its istiod.',
  why: 'In mirrored and air-gapped clusters istiod comes from the mirror, but the injector still names the old hub: every renewed pod stays in ImagePullBackOff.',
  remedy: 'Set global.hub to the mirror in the values of the istiod chart.',
  source: 'istio/istio issues 51930, 55120',
  severities: ['warns'],
  needs: ['deployments', 'configMaps'],
  pains: ['P44'],
  run: (view) =>
    view.mesh.controlPlanes.flatMap((plane): Finding[] => {
      const hub = valuesOf(view, plane.revision)['global.hub'] ?? '';
      const image = view.look.deploymentOf(plane)?.template.images['discovery'] ?? '';
      const own = hubOf(image);
      if (plane.replicas === 0 || hub === '' || own === null || hub === own) return [];
      return [
        {
          ...{
            severity: 'warns',
            object: object('Deployment', { namespace: plane.namespace, name: plane.deployment }),
          },
          ...{ field: 'global.hub', value: hub },
          message: `It runs from ${own}, but it injects proxies from ${hub}.`,
          why: 'Where only one of the two can be reached, renewed pods do not start.',
          remedy: `Set global.hub=${own} in the values of the istiod chart, or see that every node can pull from ${hub}`,
        },
      ];
    }),
};
