/** Whether proxies hang on a control plane that exists, and took what it sent. */
import { skew } from '../../../knowledge/support.ts';
import type { Proxy } from '../../../mesh/data-plane-model.ts';
import { groupBy } from '../../../mesh/group.ts';
import { revisionKey } from '../../../mesh/keys.ts';
import type { Check, CheckView, Finding } from '../../check.ts';
import { distinct, fleets, objectOf, restart, together, type Trouble } from './fleet.ts';
import { outsiders } from './outsiders.ts';
import { listed } from './words.ts';

/** Not connected. */
export const proxiesAreConnected: Check = {
  id: 'ML-D008',
  title: 'every proxy is connected to a control plane',
  looksAt: 'Ready proxies against what every istiod answers to /debug/syncz; only when all of them answered.',
  why: 'It has the configuration of the past, and its certificate is not renewed: after a day at most its calls fail. A restart may not come up.',
  remedy: 'Find out why it does not connect, before anything is restarted.',
  source: 'istio/istio issues 41354, 28583',
  severities: ['warns'],
  needs: ['pods', 'istiods'],
  pains: ['P05'],
  run: (view) => {
    const troubles = fleets(view).flatMap((fleet): Trouble[] => {
      // A proxy of a revision that is gone is told of by ML-D010, one that never got ready by ML-D013 or ML-A018.
      const off = fleet.proxies.filter(
        (proxy) => proxy.connected === false && proxy.ready && goneRevision(view, proxy) === null,
      );
      return off.length === 0 ? [] : [{ fleet, text: 'not connected', count: off.length }];
    });
    return together(troubles).map(({ object, whose, first }): Finding => {
      const { namespace, pod } = first.proxies.find(({ connected, ready }) => connected === false && ready) ?? {
        namespace: '',
        pod: '',
      };
      return {
        ...{ severity: 'warns', object, field: 'status', value: '' },
        message: `No control plane lists ${whose}.`,
        why: 'They get no configuration and no certificates any more.',
        remedy: `kubectl -n ${namespace} logs ${pod} -c istio-proxy --tail=50 says what they dial and why it fails`,
      };
    });
  },
};

/** Not in sync. */
export const proxiesAreInSync: Check = {
  id: 'ML-D009',
  title: 'every proxy has accepted what its control plane sent',
  looksAt: 'Nonces sent and acknowledged, by type, in /debug/syncz of every istiod.',
  why: 'A proxy that rejects its configuration serves the old one. When it restarts it never gets ready.',
  remedy: 'Find the rejected object before anything is restarted; ask again when it only was in the middle of a push.',
  source: 'istio/istio issues 34164, 44328',
  severities: ['warns'],
  needs: ['pods', 'istiods'],
  pains: ['P03', 'P16'],
  run: (view) =>
    fleets(view).flatMap((fleet): Finding[] => {
      const stale = fleet.proxies.filter((proxy) => proxy.stale.length > 0);
      const [first] = stale;
      if (first === undefined) return [];
      const types = [...new Set(stale.flatMap((proxy) => proxy.stale))];
      return [
        {
          ...{ severity: 'warns', object: objectOf(fleet), field: 'status', value: types.join(', ') },
          message: `Not in sync (${types.join(', ')}): ${listed(stale.map(({ pod }) => pod))}.`,
          why: 'They reject what they are sent, or are in the middle of a push; rejected configuration keeps a restarted proxy from getting ready.',
          remedy: `istioctl proxy-status ${first.pod}.${first.namespace}; when it stays so: kubectl -n ${first.namespace} logs ${first.pod} -c istio-proxy | grep -i reject`,
        },
      ];
    }),
};

/** Revision of a proxy that no control plane here serves, nor a Service without selector (a control plane elsewhere); else null. */
function goneRevision({ mesh, look }: CheckView, { revision, connectedTo }: Proxy): string | null {
  if (revision === null || connectedTo !== null) return null;
  if (mesh.controlPlanes.some((plane) => plane.revision === revision && plane.replicas > 0)) return null;
  const names =
    revision === 'default' ? ['istiod', 'istiod-remote'] : [`istiod-${revision}`, `istiod-${revision}-remote`];
  const spaces = ['istio-system', ...mesh.controlPlanes.map(({ namespace }) => namespace)];
  const remote = spaces.some((space) =>
    look
      .servicesIn(space)
      .some(({ meta, selector }) => names.includes(meta.name) && Object.keys(selector).length === 0),
  );
  return remote ? null : revision;
}

/** Proxies of removed revisions. */
export const revisionsOfProxiesExist: Check = {
  id: 'ML-D010',
  title: 'the control plane of every proxy exists',
  looksAt: `Annotation ${revisionKey} of running proxies, against the control planes; Services without a selector stand for those of other clusters.`,
  why: 'The control plane was removed while proxies used it. They go on with their last configuration; within a day their certificates end, and none of their pods that restarts comes up.',
  remedy: 'Install the revision again at once, or restart the workloads onto one that runs.',
  source: 'istio/istio issues 41354, 28583; istio.io docs/setup/upgrade/canary',
  severities: ['blocks'],
  needs: ['pods', 'deployments', 'services'],
  pains: ['P05', 'P54'],
  run: (view) => {
    const troubles = fleets(view).flatMap((fleet): Trouble[] => {
      const orphans = fleet.proxies.filter((proxy) => goneRevision(view, proxy) !== null);
      const text = distinct(orphans.map(({ revision }) => revision)).join(' and ');
      return orphans.length === 0 ? [] : [{ fleet, text, count: orphans.length }];
    });
    const alive = view.mesh.controlPlanes.find(({ readyReplicas }) => readyReplicas > 0)?.revision;
    return together(troubles).map(({ object, text, first, whose }): Finding => ({
      ...{ severity: 'blocks', object, field: `metadata.annotations[${revisionKey}]`, value: text },
      message: `The control plane of ${whose}, revision ${text}, is gone.`,
      why: 'They get no configuration any more, their certificates end within a day, and a restarted one does not come up.',
      remedy:
        alive === undefined
          ? `Install revision ${text} again at once, with the values that it had`
          : `Install revision ${text} again, or: kubectl label namespace ${first.workload.namespace} istio-injection- ${revisionKey}=${alive} --overwrite, then: ${restart(first)}`,
    }));
  },
};

/** Proxies of machines. */
export const proxiesAreInTheCluster: Check = {
  id: 'ML-D011',
  title: 'no proxy outside of the cluster is connected',
  looksAt:
    'Entries of /debug/syncz that are no pod, in namespaces with a WorkloadEntry or WorkloadGroup (in other namespaces: ML-M003), and their versions.',
  why: 'A virtual machine has the address of its control plane in a file: no restart moves it, and it is cut off when the old revision goes.',
  remedy:
    'Give these machines the files of the new revision (istioctl x workload entry configure), and keep the old one until then.',
  source: 'istio/istio issue 27103; istio.io 1.31 upgrade notes',
  severities: ['blocks', 'warns'],
  needs: ['pods', 'istiods'],
  pains: ['P65'],
  run: (view) => {
    const machines = groupBy(
      outsiders(view).filter(({ machine }) => machine),
      ({ namespace }) => namespace,
    );
    return [...machines].map(([namespace, all]): Finding => {
      const { target } = view;
      const old =
        target?.strategy === 'in-place' ? all.filter(({ version }) => skew(target.version, version) === 'too-old') : [];
      const names = [...new Set((old.length > 0 ? old : all).map(({ name }) => name))];
      return {
        severity: old.length > 0 ? 'blocks' : 'warns',
        ...{ object: { kind: 'Namespace', namespace: '', name: namespace }, field: 'status' },
        value: String(names.length),
        message: `Connected from outside of the cluster${old.length > 0 ? `, and too old for ${target?.version ?? ''}` : ''}: ${listed(names)}.`,
        why:
          old.length > 0
            ? 'They meet the new istiod at once, which would serve them what they may reject.'
            : 'No restart moves them: they are cut off when their control plane is removed.',
        remedy: `istioctl x workload entry configure --revision NEW -n ${namespace} makes the files for each machine; move them before the old revision is removed`,
      };
    });
  },
};
