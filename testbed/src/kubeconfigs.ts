import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apiServer, type Layout } from './layout.ts';

/** How a kubeconfig's user is let in. */
export type UserCredential =
  { readonly certificate: string; readonly key: string } | { readonly token: string } | { readonly tokenFile: string };

function userOf(credential: UserCredential): Record<string, string> {
  if ('token' in credential) return { token: credential.token };
  if ('tokenFile' in credential) return { tokenFile: credential.tokenFile };
  return {
    'client-certificate-data': Buffer.from(credential.certificate).toString('base64'),
    'client-key-data': Buffer.from(credential.key).toString('base64'),
  };
}

/** A kubeconfig of one context, as JSON, which is YAML as well. `ca` is PEM. */
export function kubeconfig(ca: string, credential: UserCredential): string {
  const name = 'meshlift-testbed';
  const cluster = { server: apiServer, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster }],
    users: [{ name, user: userOf(credential) }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  return `${JSON.stringify(config, null, 1)}\n`;
}

/** Certificate and key of a client, by the file name in certificates.ts. */
export async function clientCertificate(layout: Layout, name: string): Promise<UserCredential> {
  const read = (ending: string) => readFile(join(layout.certificates, `${name}.${ending}`), 'utf8');
  return { certificate: await read('crt'), key: await read('key') };
}

/** The cluster's CA as PEM. */
export async function clusterCa(layout: Layout): Promise<string> {
  return readFile(join(layout.certificates, 'ca.crt'), 'utf8');
}

const components = ['controller-manager', 'scheduler', 'kubelet', 'proxy'];

/** Writes the kubeconfigs of the node's components, in the folder `kubeconfigs` of the state, and the administrator's. */
export async function writeKubeconfigs(layout: Layout): Promise<void> {
  const folder = join(layout.state, 'kubeconfigs');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const ca = await clusterCa(layout);
  const write = async (name: string, path: string) => {
    await writeFile(path, kubeconfig(ca, await clientCertificate(layout, name)), { mode: 0o600 });
  };
  for (const name of components) await write(name, join(folder, name));
  await write('admin', layout.kubeconfig);
}
