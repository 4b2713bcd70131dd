import type { Binaries } from './binaries.ts';
import { inNode, network, nodeName } from './layout.ts';

/** A long-running program of the node. */
export type Component =
  'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'containerd' | 'kubelet' | 'kube-proxy';

const certificate = (name: string) => `${inNode}/certificates/${name}`;
const kubeconfig = (name: string) => `${inNode}/kubeconfigs/${name}`;
const config = (name: string) => `${inNode}/configs/${name}`;

function served(name: string): readonly string[] {
  return [`--tls-cert-file=${certificate(name)}.crt`, `--tls-private-key-file=${certificate(name)}.key`];
}

function authenticated(name: string): readonly string[] {
  return ['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(
    (flag) => `--${flag}=${kubeconfig(name)}`,
  );
}

const etcd = [
  '--name=n1',
  `--data-dir=${inNode}/etcd`,
  '--listen-client-urls=http://127.0.0.1:2379',
  '--advertise-client-urls=http://127.0.0.1:2379',
  '--listen-peer-urls=http://127.0.0.1:2380',
  '--initial-advertise-peer-urls=http://127.0.0.1:2380',
  '--initial-cluster=n1=http://127.0.0.1:2380',
  // What it holds is worth nothing after a power failure.
  '--unsafe-no-fsync',
  '--log-level=warn',
];

const apiserver = [
  '--etcd-servers=http://127.0.0.1:2379',
  `--bind-address=${network.node}`,
  `--advertise-address=${network.node}`,
  '--secure-port=6443',
  `--service-cluster-ip-range=${network.services}`,
  ...served('apiserver'),
  `--client-ca-file=${certificate('ca')}.crt`,
  `--kubelet-client-certificate=${certificate('apiserver-kubelet')}.crt`,
  `--kubelet-client-key=${certificate('apiserver-kubelet')}.key`,
  `--kubelet-certificate-authority=${certificate('ca')}.crt`,
  '--kubelet-preferred-address-types=InternalIP',
  '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
  `--service-account-key-file=${certificate('sa')}.pub`,
  `--service-account-signing-key-file=${certificate('sa')}.key`,
  `--requestheader-client-ca-file=${certificate('ca')}.crt`,
  '--requestheader-allowed-names=front-proxy-client',
  '--requestheader-username-headers=X-Remote-User',
  '--requestheader-group-headers=X-Remote-Group',
  '--requestheader-extra-headers-prefix=X-Remote-Extra-',
  `--proxy-client-cert-file=${certificate('front-proxy')}.crt`,
  `--proxy-client-key-file=${certificate('front-proxy')}.key`,
  '--authorization-mode=Node,RBAC',
  '--enable-admission-plugins=NodeRestriction',
  '--allow-privileged=true',
  `--audit-policy-file=${config('audit.json')}`,
  `--audit-log-path=${inNode}/logs/audit.log`,
  // MB. A log that is begun anew in the middle of a test would seem to lack writes.
  '--audit-log-maxsize=2000',
  '--event-ttl=1h',
  '--profiling=false',
];

/** Who loses an election ends: nobody would start them again after a pause of the API server of ten seconds. */
const noElection = '--leader-elect=false';

const controllerManager = [
  ...authenticated('controller-manager'),
  '--bind-address=127.0.0.1',
  `--service-account-private-key-file=${certificate('sa')}.key`,
  `--root-ca-file=${certificate('ca')}.crt`,
  `--cluster-signing-cert-file=${certificate('ca')}.crt`,
  `--cluster-signing-key-file=${certificate('ca')}.key`,
  '--use-service-account-credentials=true',
  '--controllers=*,bootstrapsigner,tokencleaner',
  noElection,
  // On the only node every Service loses all its pods when it is taken for dead: a pause of kubelet or API server must not do that.
  '--node-monitor-grace-period=180s',
  ...served('controller-manager'),
];

const kubelet = [
  `--config=${config('kubelet.json')}`,
  `--kubeconfig=${kubeconfig('kubelet')}`,
  `--hostname-override=${nodeName}`,
  `--node-ip=${network.node}`,
  '--node-labels=topology.kubernetes.io/zone=zone-a,topology.kubernetes.io/region=testbed',
  `--root-dir=${inNode}/kubelet`,
  '--v=1',
];

/** Command lines of the node's programs, with the flags that testbed/README.md explains. */
export function commandLine(component: Component, binaries: Binaries): readonly string[] {
  const own = `${binaries.kubernetes}/${component}`;
  const lines: Readonly<Record<Component, readonly string[]>> = {
    etcd: [own, ...etcd],
    'kube-apiserver': [own, ...apiserver],
    'kube-controller-manager': [own, ...controllerManager],
    'kube-scheduler': [
      own,
      ...authenticated('scheduler'),
      '--bind-address=127.0.0.1',
      noElection,
      ...served('scheduler'),
    ],
    containerd: ['/usr/bin/containerd', '--config', config('containerd.toml'), '--log-level', 'warn'],
    kubelet: [own, ...kubelet],
    'kube-proxy': [own, `--config=${config('kube-proxy.json')}`],
  };
  return lines[component];
}
