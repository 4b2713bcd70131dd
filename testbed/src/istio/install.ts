import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Layout } from '../layout.ts';
import { run, until } from '../run.ts';
import { helmVersion, kubernetesVersion } from '../versions.ts';
import { writeCharts } from './charts/write.ts';
import { gatewayNamespace, shopObjects, type ShopOptions } from './shop.ts';
import type { Istio } from './source.ts';
import { gatewayValues, istiodValues } from './values.ts';

/** Programs and charts to install a mesh on the node with. */
export interface Tools {
  readonly istio: Istio;
  /** Environment in which helm and kubectl are found and speak to the node; nothing is written in the person's home. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder with the charts of a version: the stand-in's, or those of the release that the person has given. */
  charts(version: string): string;
  /** Folder that goes with them. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** Prepares tools. The stand-in's charts of these versions are written into a folder of their own. */
export async function tools(layout: Layout, path: string, istio: Istio, versions: readonly string[]): Promise<Tools> {
  const folder = await mkdtemp(join(tmpdir(), 'meshlift-mesh-'));
  const charts = (version: string) =>
    istio.kind === 'real' ? join(istio.releases, version, 'manifests', 'charts') : join(folder, 'charts', version);
  if (istio.kind === 'stand-in') for (const version of versions) await writeCharts(charts(version), version);
  const home = join(folder, 'home');
  await mkdir(home);
  const programs = [`kubernetes-${kubernetesVersion}`, `helm-${helmVersion}`].map((name) =>
    join(layout.binaries, `${name}-${layout.arch}`),
  );
  const env = {
    PATH: [...programs, path].join(delimiter),
    KUBECONFIG: layout.kubeconfig,
    HOME: home,
    HELM_CACHE_HOME: join(home, 'helm'),
    HELM_CONFIG_HOME: join(home, 'helm'),
    HELM_DATA_HOME: join(home, 'helm'),
  };
  return { istio, env, charts, folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

const tag = 'prod';

/** Name of the revision of a version: '1-29-6'. */
export const revisionOf = (version: string): string => version.replaceAll('.', '-');

async function release(env: Tools['env'], chart: string, where: string, values: object): Promise<void> {
  const [namespace = '', name = ''] = where.split('/');
  const args = ['upgrade', '--install', name, chart, '--namespace', namespace, '--create-namespace'];
  await run('helm', [...args, '--wait', '--timeout', '120s', '--values', '-'], { env, input: JSON.stringify(values) });
}

/** Folder of istiod's chart: a release keeps it elsewhere than a directory of pulled charts does. */
async function istiodChart(folder: string): Promise<string> {
  const pulled = join(folder, 'istiod');
  return access(pulled).then(
    () => pulled,
    () => join(folder, 'istio-control', 'istio-discovery'),
  );
}

/** Renders the tag apart from the release, as Istio's documentation does, applies it, and waits until it works. */
async function applyTag(env: Tools['env'], chart: string, revision: string): Promise<void> {
  const files = (await readdir(join(chart, 'templates'))).filter((file) => file.startsWith('revision-tags'));
  const only = files.flatMap((file) => ['--show-only', `templates/${file}`]);
  const render = ['template', `istiod-${revision}`, chart, '--namespace', 'istio-system', ...only];
  const tagged = await run('helm', [...render, '--set', `revision=${revision},revisionTags={${tag}}`], { env });
  await run('kubectl', ['apply', '-f', '-'], { env, input: tagged });
  await until('the tag has its CA bundle', 20_000, async () => {
    const bundle = '{.webhooks[*].clientConfig.caBundle}';
    const args = ['get', 'mutatingwebhookconfiguration', `istio-revision-tag-${tag}`, '-o', `jsonpath=${bundle}`];
    return (await run('kubectl', args, { env })).split(' ').filter((one) => one !== '').length === 2;
  });
}

/**
 * Installs a mesh as Istio's documentation says: base, istiod by revision, tag `prod`, an ingress gateway, and the shop's
 * workloads behind it; with a real Istio they speak mutual TLS only. Waits until all of them are ready.
 */
export async function installMesh({ env, charts, istio }: Tools, version: string, shop: ShopOptions): Promise<void> {
  const revision = revisionOf(version);
  const folder = charts(version);
  const istiod = await istiodChart(folder);
  const values = { ...istiodValues(istio, version), revision };
  await release(env, join(folder, 'base'), 'istio-system/istio-base', { defaultRevision: revision });
  await release(env, istiod, `istio-system/istiod-${revision}`, values);
  await applyTag(env, istiod, revision);
  const items = shopObjects({ ...shop, isStrict: istio.kind === 'real' }, tag);
  const objects = { apiVersion: 'v1', kind: 'List', items };
  await run('kubectl', ['apply', '-f', '-'], { env, input: JSON.stringify(objects) });
  await release(env, join(folder, 'gateway'), `${gatewayNamespace}/istio-ingressgateway`, gatewayValues);
  await shopIsReady(env);
}

async function shopIsReady(env: Tools['env']): Promise<void> {
  const workloads = await run('kubectl', ['-n', 'shop', 'get', 'deploy,sts,ds', '-o', 'name'], { env });
  for (const name of workloads.trim().split('\n')) {
    await run('kubectl', ['-n', 'shop', 'rollout', 'status', name, '--timeout=120s'], { env });
  }
}

/** URL of the ingress gateway's Service, by its address: it is reached from the machine. */
export async function gatewayUrl({ env }: Tools): Promise<string> {
  const args = ['-n', gatewayNamespace, 'get', 'service', 'istio-ingressgateway', '-o', 'jsonpath={.spec.clusterIP}'];
  return `http://${(await run('kubectl', args, { env })).trim()}`;
}

/** Cluster roles of istiod and of its readers, with their bindings. */
const ownRole = /\/(istiod-clusterrole|istiod-gateway-controller|istio-reader-clusterrole)-/;

const meshNamespaces = ['shop', gatewayNamespace, 'istio-system'];

/** Ends all pods of a namespace without the time that their drains take: nobody asks them any more. */
async function endPods(env: Tools['env'], namespace: string): Promise<void> {
  const remove = (...args: readonly string[]) =>
    run('kubectl', ['-n', namespace, 'delete', '--all', '--ignore-not-found', ...args], { env });
  await remove('deployments,statefulsets,daemonsets', '--cascade=orphan');
  await remove('replicasets', '--cascade=orphan');
  await remove('pods', '--grace-period=1', '--wait=false');
}

/** Removes everything that installMesh and an upgrade have made, and waits until it is gone. */
export async function removeMesh({ env }: Tools): Promise<void> {
  const gone = (...args: readonly string[]) =>
    run('kubectl', ['delete', '--ignore-not-found', ...args], { env, timeoutMs: 180_000 });
  // Webhooks first: without their istiod they would refuse what follows.
  for (const kind of ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration']) {
    await gone(kind, '-l', 'app.kubernetes.io/part-of=istio');
  }
  await Promise.all(meshNamespaces.map((name) => endPods(env, name)));
  await gone('namespace', ...meshNamespaces);
  await gone('crd', '-l', 'app.kubernetes.io/part-of=istio');
  const roles = (await run('kubectl', ['get', 'clusterrole,clusterrolebinding', '-o', 'name'], { env })).split('\n');
  const own = roles.filter((name) => ownRole.test(name));
  if (own.length > 0) await gone(...own);
  for (const namespace of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    await gone('-n', namespace, 'configmap', 'istio-ca-root-cert', 'istio-ca-crl');
  }
}

/** Writes a policy whose charts are those of a version. */
export async function writePolicy({ charts, folder }: Tools, version: string, policy: object): Promise<string> {
  const file = join(folder, 'meshlift.yaml');
  const head = { apiVersion: 'meshlift.dev/v1alpha1', kind: 'UpgradePolicy', charts: charts(version) };
  await writeFile(file, JSON.stringify({ ...head, ...policy }));
  return file;
}
