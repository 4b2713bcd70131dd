import type { KubeObject } from '../../../src/kube/api.ts';
import { textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import { lookup } from './lookup.ts';
import { rootCertificate } from './trust.ts';

/** Namespaces that istiod never writes into (pkg/kube/inject, IgnoredNamespaces without kube-system). */
const untouched = ['kube-public', 'kube-node-lease', 'local-path-storage'];

const contents: readonly (readonly [name: string, data: Readonly<Record<string, string>>])[] = [
  ['istio-ca-root-cert', { 'root-cert.pem': rootCertificate }],
  ['istio-ca-crl', { 'ca-crl.pem': '' }],
];

/** Puts the root certificate, by which proxies know istiod, into a namespace. */
export function writeRoot(store: Store, namespace: KubeObject): void {
  const { name } = namespace.metadata;
  if (untouched.includes(name) || textAt(namespace, 'status', 'phase') === 'Terminating') return;
  for (const [configMap, data] of contents) {
    const ref = { resource: resources.configMaps, namespace: name, name: configMap };
    if (lookup(store, ref) !== undefined) continue;
    const metadata = { name: configMap, namespace: name, labels: { 'istio.io/config': 'true' } };
    store.create(resources.configMaps, { metadata, data });
  }
}

const caFiles = ['ca-cert.pem', 'ca-key.pem', 'cert-chain.pem', 'key.pem', 'root-cert.pem'];

/**
 * The Secret in which istiod keeps the authority that it made itself; it outlives every release. Not made where the
 * user plugged in an own one (Secret cacerts). Nothing is signed here, so it holds no key.
 */
export function writeAuthority(store: Store, namespace: string): void {
  const has = (name: string): boolean => lookup(store, { resource: resources.secrets, namespace, name }) !== undefined;
  if (has('cacerts') || has('istio-ca-secret')) return;
  const certificate = Buffer.from(rootCertificate).toString('base64');
  const data = Object.fromEntries(caFiles.map((file) => [file, file === 'ca-cert.pem' ? certificate : '']));
  store.create(resources.secrets, { metadata: { name: 'istio-ca-secret', namespace }, type: 'istio.io/ca-root', data });
}
