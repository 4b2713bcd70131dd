import { gzipSync } from 'node:zlib';
import type { KubeObject } from '../../../src/kube/api.ts';
import type { JsonObject } from '../../store/json.ts';

/** One revision of a Helm release. */
export interface HelmRelease {
  readonly name: string;
  readonly namespace: string;
  /** Chart name: base, istiod, gateway, cni, ztunnel. */
  readonly chart: string;
  /** Version of the chart, which is also its appVersion. */
  readonly version: string;
  /** Number of the revision, from 1. */
  readonly revision: number;
  readonly status: 'deployed' | 'superseded' | 'failed' | 'uninstalled' | 'pending-install' | 'pending-upgrade';
  /** Seconds since 1970. */
  readonly modifiedAt: number;
  /** The user's values. Default none. */
  readonly values?: JsonObject;
}

function payload(release: HelmRelease): string {
  const { name, namespace, chart, version, revision, status, values = {} } = release;
  const document = {
    name,
    namespace,
    version: revision,
    info: { status, last_deployed: new Date(release.modifiedAt * 1000).toISOString() },
    chart: { metadata: { name: chart, version, appVersion: version } },
    config: values,
  };
  // Helm encodes once and the Secret's data once more.
  return Buffer.from(gzipSync(JSON.stringify(document)).toString('base64')).toString('base64');
}

/** The Secret in which Helm 3 keeps a revision of a release; without the rendered manifest. */
export function helmReleaseSecret(release: HelmRelease): KubeObject {
  const { name, namespace, revision, status, modifiedAt } = release;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    metadata: {
      name: `sh.helm.release.v1.${name}.v${revision}`,
      namespace,
      labels: { modifiedAt: String(modifiedAt), name, owner: 'helm', status, version: String(revision) },
    },
    data: { release: payload(release) },
  };
}
