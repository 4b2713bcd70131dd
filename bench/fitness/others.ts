/** Sets, gateways, drains and long connections of the benchmark. */
import type { FitnessSpec } from './spec.ts';

const polite = { onTerm: 'serve', serveMs: 2000 } as const;
const slowly = { startMs: 1500 } as const;
const onNodes = (maxSurge: number, maxUnavailable: number | string) => ({
  type: 'RollingUpdate',
  rollingUpdate: { maxSurge, maxUnavailable },
});
const drain = (seconds: number) => `terminationDrainDuration: ${seconds}s`;
const untilIdle = `proxyMetadata:\n  EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'true'`;

/** StatefulSets and DaemonSets. */
export const sets: readonly FitnessSpec[] = [
  { name: 'set-proven', kind: 'StatefulSet', replicas: 3, preStop: 5 },
  { name: 'set-bare', kind: 'StatefulSet' },
  { name: 'set-one', kind: 'StatefulSet', replicas: 1, preStop: 5 },
  { name: 'set-one-bare', kind: 'StatefulSet', replicas: 1 },
  { name: 'set-graceful', kind: 'StatefulSet', app: polite, graceful: true },
  { name: 'set-no-probe', kind: 'StatefulSet', probed: false, preStop: 5, app: slowly },
  { name: 'set-on-delete', kind: 'StatefulSet', preStop: 5, strategy: { type: 'OnDelete' } },
  { name: 'daemon-proven', kind: 'DaemonSet', preStop: 5 },
  { name: 'daemon-bare', kind: 'DaemonSet' },
  { name: 'daemon-surge', kind: 'DaemonSet', preStop: 5, strategy: onNodes(1, 0) },
  { name: 'daemon-surge-bare', kind: 'DaemonSet', strategy: onNodes(1, 0) },
  { name: 'daemon-all-at-once', kind: 'DaemonSet', preStop: 5, strategy: onNodes(0, '100%') },
  {
    ...{ name: 'daemon-one-node', kind: 'DaemonSet', preStop: 5 },
    also: { pod: { nodeSelector: { pool: 'one' } } },
  },
];

/** Grace period against drain: proxies end with what is under way, or before. */
export const drains: readonly FitnessSpec[] = [
  { name: 'grace-2-classic', preStop: 5, classic: true, grace: 2 },
  { name: 'grace-2', preStop: 5, grace: 2 },
  { name: 'grace-2-bare', grace: 2 },
  { name: 'set-grace-2', kind: 'StatefulSet', preStop: 5, grace: 2 },
  { name: 'drain-1-classic', preStop: 5, classic: true, proxyConfig: drain(1) },
  { name: 'drain-1', preStop: 5, proxyConfig: drain(1) },
  { name: 'set-drain-1-classic', kind: 'StatefulSet', preStop: 5, classic: true, proxyConfig: drain(1) },
  { name: 'hold-application', preStop: 5, classic: true, proxyConfig: 'holdApplicationUntilProxyStarts: true' },
  { name: 'until-idle', preStop: 5, classic: true, proxyConfig: untilIdle },
];

/** Calls of 8 s, for which the owner asked for a longer drain. */
export const longDrains: readonly FitnessSpec[] = [
  {
    ...{ name: 'drain-10-grace-6', classic: true, preStop: 10, grace: 6 },
    ...{ app: polite, proxyConfig: drain(10), longMs: 8000 },
  },
  {
    ...{ name: 'drain-10-grace-30', classic: true, preStop: 10, grace: 30 },
    ...{ app: polite, proxyConfig: drain(10), longMs: 8000 },
  },
  {
    ...{ name: 'until-idle-long', classic: true, preStop: 10, grace: 30 },
    ...{ app: polite, proxyConfig: untilIdle, longMs: 8000 },
  },
  { name: 'gateway', gateway: true, longMs: 8000 },
  { name: 'gateway-one', gateway: true, replicas: 1, longMs: 8000 },
  { name: 'gateway-drain-20', gateway: true, grace: 40, proxyConfig: drain(20), longMs: 8000 },
  {
    ...{ name: 'gateway-no-label', gateway: true, longMs: 8000 },
    also: { service: { selector: { app: null, istio: 'gateway-no-label' } } },
  },
];

/** Connections that stay open. */
export const connections: readonly FitnessSpec[] = [
  { name: 'tcp', portName: 'tcp', preStop: 5, load: 'connections' },
  { name: 'tcp-bare', portName: 'tcp', load: 'connections' },
  { name: 'sockets', portName: 'ws', preStop: 5, load: 'connections' },
  { name: 'set-tcp', kind: 'StatefulSet', portName: 'tcp', preStop: 5, load: 'connections' },
];
