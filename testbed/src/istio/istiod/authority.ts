import { execFile } from 'node:child_process';
import { MeshliftError } from '../../../../src/errors.ts';
import type { KubeApi, KubeObject } from '../../../../src/kube/api.ts';
import { resources } from '../../../../src/kube/resources.ts';
import { textAt } from '../../../../sandbox/store/json.ts';

/** A certificate with its key, both PEM. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

const secretName = 'istio-ca-secret';
const rootMap = 'istio-ca-root-cert';

const is = (error: unknown, kind: string): boolean => error instanceof MeshliftError && error.errorClass === kind;

function make(args: readonly string[], input: string): Promise<Pair> {
  return new Promise((resolve, reject) => {
    const child = execFile('/usr/local/bin/mesh-ca', [...args], (error, stdout) => {
      if (error) reject(new Error('mesh-ca failed', { cause: error }));
      else resolve(JSON.parse(stdout) as Pair);
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** The mesh's authority: Secret istio-ca-secret, made by the first istiod that finds none, for all revisions. */
export async function authority(api: KubeApi, namespace: string): Promise<Pair> {
  const ref = { resource: resources.secrets, namespace, name: secretName };
  for (;;) {
    const present = await api.get(ref).catch((error: unknown) => {
      if (is(error, 'NotFound')) return undefined;
      throw error;
    });
    if (present !== undefined)
      return { certificate: decoded(present, 'ca-cert.pem'), key: decoded(present, 'ca-key.pem') };
    const { certificate, key } = await make(['root'], '');
    const data = { 'ca-cert.pem': encoded(certificate), 'ca-key.pem': encoded(key) };
    const secret = { metadata: { name: secretName, namespace }, type: 'istio.io/ca-root', data };
    await api.create(resources.secrets, secret).catch((error: unknown) => {
      if (!is(error, 'Conflict')) throw error;
    });
  }
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');
const decoded = (secret: KubeObject, key: string): string =>
  Buffer.from(textAt(secret, 'data', key) ?? '', 'base64').toString();

/** A server's certificate for these names, signed by the authority. */
export function serving(root: Pair, names: readonly string[]): Promise<Pair> {
  return make(['leaf'], JSON.stringify({ authority: root, names }));
}

/** Puts the root into a namespace: ConfigMap istio-ca-root-cert, from which every proxy takes it. */
export async function publishRoot(api: KubeApi, namespace: string, certificate: string): Promise<void> {
  const data = { 'root-cert.pem': certificate };
  const metadata = { name: rootMap, namespace, labels: { 'istio.io/config': 'true' } };
  await api.create(resources.configMaps, { metadata, data }).catch(async (error: unknown) => {
    if (!is(error, 'Conflict')) throw error;
    const ref = { resource: resources.configMaps, namespace, name: rootMap };
    const present = await api.get(ref);
    if (textAt(present, 'data', 'root-cert.pem') !== certificate) await api.patch(ref, 'merge', { data });
  });
}
