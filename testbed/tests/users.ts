import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeApi, ResourceType } from '../../src/kube/api.ts';
import { connect, type ConnectOptions } from '../../src/kube/connection.ts';
import { type HttpOptions, httpKubeApi } from '../../src/kube/http-api.ts';

/** A folder for kubeconfigs and what they name. */
export async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'meshlift-kube-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Writes a kubeconfig and gives the cluster as its user to the body. */
export async function withUser(
  folder: string,
  kubeconfig: string,
  body: (api: KubeApi) => Promise<void>,
  options: ConnectOptions & { readonly http?: HttpOptions } = {},
): Promise<void> {
  const file = join(folder, 'kubeconfig');
  await writeFile(file, kubeconfig, { mode: 0o600 });
  const api = httpKubeApi(await connect({ kubeconfig: file, ...options }), { backoffMs: 50, ...options.http });
  try {
    await body(api);
  } finally {
    await api.close();
  }
}

const selfReviews: ResourceType = {
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'selfsubjectreviews',
  kind: 'SelfSubjectReview',
  namespaced: false,
};

/** Name and groups of the user as the API server sees it. */
export async function whoAmI(api: KubeApi): Promise<{ readonly username: string; readonly groups: readonly string[] }> {
  const review = await api.create(selfReviews, { metadata: { name: '' } });
  const { userInfo } = review['status'] as { userInfo: { username: string; groups: readonly string[] } };
  return { username: userInfo.username, groups: userInfo.groups };
}
