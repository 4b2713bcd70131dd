import { mkdir, rm, writeFile } from 'node:fs/promises';
import { Blocked, Conflict } from '../../src/errors.ts';
import { dnsReady, installDns } from './addons.ts';
import { buildBinaries, checkGo, type Binaries } from './binaries.ts';
import { makeCertificates } from './certificates.ts';
import { makeCgroups } from './cgroups.ts';
import type { Component } from './components.ts';
import { writeConfigs } from './configs.ts';
import { adminApi, apiServerIsReady, apiServerReady, nodeIsReady, nodeReady } from './health.ts';
import { ctr, importImages, makeImages } from './images.ts';
import { writeKubeconfigs } from './kubeconfigs.ts';
import type { Layout } from './layout.ts';
import { mountNode } from './mounts.ts';
import { connectNode, takenAddresses } from './network.ts';
import { initPid, startComponent, startInit, startOf } from './node.ts';
import { installPackages } from './packages.ts';
import { checkDisk } from './preflight.ts';
import type { Progress } from './progress.ts';
import { succeeds, until } from './run.ts';
import { raiseSysctls } from './sysctls.ts';
import { hasState, starter, starterFile, takeDown } from './take-down.ts';

/** Brings a node up, or finds it up. A start that fails or is killed leaves nothing that the next one does not clear away. */
export async function bringUp(layout: Layout, progress: Progress): Promise<void> {
  if (await isUp(layout)) return progress.say('the node is up already');
  await refuseSecondStart(layout);
  if (await hasState(layout)) await progress.step('what an earlier run left was removed', () => takeDown(layout));
  await checkDisk(layout);
  await checkGo(layout);
  await installPackages(progress);
  const taken = await takenAddresses();
  if (taken.length > 0) {
    throw new Blocked(`Addresses of the test bed are taken by something else: ${taken.join('; ')}.`, {
      object: 'this machine',
      remedy: 'Remove what uses them; the test bed did not make it.',
    });
  }
  const binaries = await buildBinaries(layout, progress);
  await claim(layout);
  try {
    await startAll(layout, binaries, progress);
  } catch (error) {
    progress.say(`logs: ${layout.lastLogs}`);
    await takeDown(layout);
    throw error;
  }
  await rm(starterFile(layout));
}

async function isUp(layout: Layout): Promise<boolean> {
  if ((await initPid(layout)) === undefined || (await starter(layout)) !== undefined) return false;
  if (!(await apiServerIsReady(layout))) return false;
  const api = await adminApi(layout);
  return nodeIsReady(api)
    .catch(() => false)
    .finally(() => api.close());
}

async function refuseSecondStart(layout: Layout): Promise<void> {
  const other = await starter(layout);
  if (other === undefined) return;
  throw new Conflict(`Another process (${other}) is bringing the node up.`, {
    object: `process ${other}`,
    remedy: 'Wait for it, or end it and run testbed/down.',
  });
}

async function claim(layout: Layout): Promise<void> {
  await mkdir(layout.state, { recursive: true, mode: 0o755 });
  const self = { pid: process.pid, started: await startOf(process.pid) };
  // Two that began together both come here: only one can make the file.
  await writeFile(starterFile(layout), JSON.stringify(self), { flag: 'wx' }).catch(async (error: unknown) => {
    await refuseSecondStart(layout);
    throw error;
  });
}

async function startAll(layout: Layout, binaries: Binaries, progress: Progress): Promise<void> {
  await progress.step('certificates', async () => {
    await makeCertificates(layout, binaries);
    await writeKubeconfigs(layout);
    await writeConfigs(layout);
  });
  await progress.step('namespaces, mounts, network', () => startEmptyNode(layout, binaries));
  const start = (component: Component) => startComponent(layout, binaries, component);
  await progress.step('etcd and kube-apiserver ready', async () => {
    await Promise.all([start('etcd'), start('containerd')]);
    await start('kube-apiserver');
    await Promise.all([apiServerReady(layout), prepareImages(layout, binaries)]);
  });
  const api = await adminApi(layout);
  try {
    await progress.step('controllers started, node ready', async () => {
      await Promise.all([
        start('kube-controller-manager'),
        start('kube-scheduler'),
        start('kubelet'),
        start('kube-proxy'),
      ]);
      await Promise.all([installDns(api), nodeReady(api)]);
    });
    await progress.step('DNS ready', () => dnsReady(api));
  } finally {
    await api.close();
  }
}

async function startEmptyNode(layout: Layout, binaries: Binaries): Promise<void> {
  // Built into many kernels; where it is neither that nor a module, bridged packets pass kube-proxy's rules by.
  await succeeds('modprobe', ['br_netfilter']);
  await raiseSysctls(layout);
  await makeCgroups();
  const init = await startInit(layout, binaries);
  await mountNode(layout);
  await connectNode(layout, init);
}

async function prepareImages(layout: Layout, binaries: Binaries): Promise<void> {
  const archives = await makeImages(layout, binaries);
  await until('containerd answers', 30_000, async () => (await ctr(layout, 'version')) !== '');
  await importImages(layout, archives);
}
