/** The recorded upgrade of an ambient mesh, done again in a cluster of the sandbox. */
import { VirtualScheduler } from '../clock/virtual.ts';
import { createCluster, type Cluster } from '../cluster.ts';
import { lab } from '../istio/situations.test-helper.ts';
import { createUsers, settleCluster } from './recorded-mesh.test-helper.ts';

const istiodValues = {
  meshConfig: { accessLogFile: '' },
  resources: { requests: { cpu: '50m', memory: '256Mi' } },
  env: { PILOT_ENABLE_ALPN_FILTER: 'false', PILOT_ENABLE_METADATA_EXCHANGE: 'false' },
};
const ztunnelResources = { requests: { cpu: '50m', memory: '64Mi' } };

/** A cluster on a clock of its own, and the steps that were recorded. */
export class RecordedAmbient {
  readonly clock = new VirtualScheduler(Date.UTC(2026, 0, 1));
  readonly cluster: Cluster = createCluster({
    clock: this.clock,
    seed: 7,
    nodes: [{ name: 'node-1' }],
    gatewayApi: 'v1.4.1',
  });

  /** Everything at 1.29.6. */
  before(): void {
    this.#controlPlane('1.29.6');
    this.settle();
    this.#nodes('1.29.6');
    this.settle();
    createUsers(this.cluster, 'ambient/00-before', ['shop', 'way', 'plain']);
    this.settle();
  }

  /** Base chart and istiod at 1.30.3. */
  upgradeIstiod(): void {
    this.#controlPlane('1.30.3');
    this.settle();
  }

  /** istio-cni, then ztunnel at 1.30.3. */
  upgradeNodes(): void {
    this.#nodes('1.30.3');
    this.settle();
  }

  settle(): void {
    settleCluster(this.cluster, this.clock);
  }

  #controlPlane(version: string): void {
    const plane = { ...lab, version, revision: '' };
    const { installer } = this.cluster;
    installer.base({ version, defaultRevision: 'default', release: 'istio-base', namespace: lab.namespace });
    installer.istiod({ ...plane, ...istiodValues, release: 'istiod', ambient: true });
  }

  #nodes(version: string): void {
    const plane = { ...lab, version, revision: '' };
    this.cluster.installer.cni({ ...plane, release: 'istio-cni', ambient: true });
    this.settle();
    this.cluster.installer.ztunnel({ ...plane, release: 'ztunnel', resources: ztunnelResources });
  }
}
