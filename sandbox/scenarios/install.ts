import { defaultHub } from '../istio/charts/version.ts';
import type { Installer } from '../istio/installer/installer.ts';
import type { Install } from './types.ts';

const namespace = 'istio-system';

/** Runs one installation with the tool that it names. @throws what the installer throws */
export function install(installer: Installer, what: Install): void {
  const { version } = what;
  const images = { namespace, hub: defaultHub(version) };
  if ('istioctl' in what) return byIstioctl(installer, what);
  switch (what.chart) {
    case 'base':
      return installer.base({ version, defaultRevision: what.defaultRevision, namespace, release: 'istio-base' });
    case 'istiod': {
      const { revision, tags = [], ambient = false, env } = what;
      const release = what.release ?? (revision === '' ? 'istiod' : `istiod-${revision}`);
      return installer.istiod({ ...images, version, revision, release, tags, ambient, ...(env && { env }) });
    }
    case 'gateway': {
      const { name, revision } = what;
      return installer.gateway({ version, name, namespace: what.namespace, release: name, revision });
    }
    case 'cni':
      return installer.cni({
        ...images,
        version,
        revision: what.revision,
        release: 'istio-cni',
        ambient: what.ambient,
      });
    case 'ztunnel':
      return installer.ztunnel({ ...images, version, revision: what.revision, release: what.release ?? 'ztunnel' });
  }
}

function byIstioctl(installer: Installer, what: Extract<Install, { istioctl: unknown }>): void {
  const { version, revision } = what;
  if (what.istioctl === 'tag') return installer.setTag({ tag: what.tag, revision: revision || 'default', version });
  const { profile } = what;
  installer.istioctlInstall({ version, revision, profile, namespace, hub: defaultHub(version) });
}
