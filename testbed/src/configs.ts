import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cgroup, inNode, network, nodeName, type Layout } from './layout.ts';

const certificate = (name: string) => `${inNode}/certificates/${name}`;

const kubelet = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  address: network.node,
  port: 10250,
  readOnlyPort: 0,
  healthzBindAddress: '127.0.0.1',
  healthzPort: 10248,
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: certificate('ca.crt') },
  },
  authorization: { mode: 'Webhook' },
  tlsCertFile: certificate('kubelet.crt'),
  tlsPrivateKeyFile: certificate('kubelet.key'),
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${cgroup}`,
  failSwapOn: false,
  containerRuntimeEndpoint: `unix://${inNode}/containerd.sock`,
  clusterDomain: 'cluster.local',
  clusterDNS: [network.dns],
  // Pods with dnsPolicy Default must not ask the machine's resolver.
  resolvConf: `${inNode}/configs/resolv.conf`,
  podLogsDir: `${inNode}/logs/pods`,
  // An image that is collected could never be pulled again.
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
  evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
  serializeImagePulls: false,
  maxPods: 110,
  syncFrequency: '15s',
  nodeStatusUpdateFrequency: '5s',
};

const kubeProxy = {
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'iptables',
  bindAddress: network.node,
  hostnameOverride: nodeName,
  clientConnection: { kubeconfig: `${inNode}/kubeconfigs/proxy` },
  clusterCIDR: network.pods,
  healthzBindAddress: '127.0.0.1:10256',
  metricsBindAddress: '127.0.0.1:10249',
  nodePortAddresses: [`${network.node}/32`],
  // Zeros keep it from writing sysctls of connection tracking.
  conntrack: { maxPerCore: 0, min: 0 },
  iptables: { minSyncPeriod: '100ms', syncPeriod: '30s' },
};

/** Who did what to which object; what the cluster's own components read, and their leases, would bury it. */
const audit = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'None',
      userGroups: ['system:nodes', 'system:serviceaccounts:kube-system'],
      verbs: ['get', 'list', 'watch'],
    },
    {
      level: 'None',
      resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }],
      userGroups: ['system:nodes'],
    },
    {
      level: 'None',
      users: ['system:kube-controller-manager', 'system:kube-scheduler', 'system:kube-proxy', 'system:apiserver'],
      verbs: ['get', 'list', 'watch'],
    },
    {
      level: 'None',
      users: ['system:kube-controller-manager', 'system:kube-scheduler', 'system:apiserver'],
      resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }],
    },
    { level: 'Metadata' },
  ],
};

const cni = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: network.podBridge,
      isGateway: true,
      ipMasq: false,
      hairpinMode: true,
      ipam: {
        type: 'host-local',
        dataDir: `${inNode}/cni-ipam`,
        ranges: [[{ subnet: network.pods }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

const containerd = `version = 2
root = "${inNode}/containerd"
state = "${inNode}/containerd-run"
[grpc]
  address = "${inNode}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "testbed.local/pause:1"
  stream_server_address = "127.0.0.1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${inNode}/configs/registries"
`;

const json = (value: unknown) => `${JSON.stringify(value, null, 1)}\n`;

/** A pull must not leave the machine: every registry is a port on which nothing listens. */
const noRegistry = 'server = "http://127.0.0.1:1"\n[host."http://127.0.0.1:1"]\n  capabilities = ["pull", "resolve"]\n';

/** Files under the folder `configs` of the state. */
const files: Readonly<Record<string, string>> = {
  'kubelet.json': json(kubelet),
  'kube-proxy.json': json(kubeProxy),
  'audit.json': json(audit),
  'containerd.toml': containerd,
  'resolv.conf': 'nameserver 127.0.0.1\n',
  'cni/10-pods.conflist': json(cni),
  'registries/_default/hosts.toml': noRegistry,
};

/** Writes the configuration of every component. */
export async function writeConfigs(layout: Layout): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(layout.state, 'configs', name);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text);
  }
}
