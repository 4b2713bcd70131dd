import { network, type Layout } from './layout.ts';
import { shell } from './node.ts';
import { run, succeeds, until } from './run.ts';

const ip = (...args: readonly string[]) => run('ip', args);

/** A cable from the machine to the node: a bridge of ours, and the only way in and out of the node's network. */
export async function connectNode(layout: Layout, init: number): Promise<void> {
  await ip('link', 'add', network.bridge, 'type', 'bridge');
  await ip('addr', 'add', `${network.host}/24`, 'dev', network.bridge);
  await ip('link', 'set', network.bridge, 'up');
  await ip('link', 'add', network.cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(init));
  await ip('link', 'set', network.cable, 'master', network.bridge, 'up');
  await shell(layout, insideScript);
  for (const range of [network.services, network.pods]) {
    await ip('route', 'add', range, 'via', network.node, 'dev', network.bridge);
  }
}

/**
 * There is no default route, so nothing outside can be reached. The rules keep pods from the machine's own address as
 * well; REJECT and not DROP, without a limit to the answers, because what probes for a cloud then fails at once.
 */
const insideScript = `
hostname node-1
ip link set lo up
ip addr add ${network.node}/24 dev eth0
ip link set eth0 up
# The API server calls webhooks at Services' addresses; without a route it fails before kube-proxy's rules see the packet.
ip route add ${network.services} dev eth0 src ${network.node}
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0
[ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || sysctl -qw net.bridge.bridge-nf-call-iptables=1
iptables -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
for reject in '-p tcp -j REJECT --reject-with tcp-reset' '-j REJECT'; do
  iptables -A FORWARD -s ${network.pods} -d ${network.host} $reject
  iptables -A FORWARD -s ${network.pods} ! -d ${network.nodes} ! -o ${network.podBridge} $reject
done
`;

/** Takes the cable and the bridge away, and with the bridge its routes. */
export async function disconnectNode(): Promise<void> {
  for (const link of [network.cable, network.bridge]) {
    // The kernel takes the cable away by itself, some time after the last process of the node: each step may find it gone.
    await until(`${link} is gone`, 10_000, async () => {
      await succeeds('ip', ['link', 'del', link]);
      return !(await succeeds('ip', ['link', 'show', link]));
    });
  }
}

/** What on the machine already has our names or addresses; empty when all are free. */
export async function takenAddresses(): Promise<readonly string[]> {
  const taken: string[] = [];
  for (const link of [network.bridge, network.cable]) {
    if (await succeeds('ip', ['link', 'show', link])) taken.push(`network interface ${link}`);
  }
  for (const range of [network.nodes, network.pods, network.services]) {
    const routes = await ip('route', 'show', 'root', range);
    const inside = await ip('route', 'show', 'match', range);
    const found = [...routes.split('\n'), ...inside.split('\n')].filter(
      (line) => line !== '' && !/^default/.test(line),
    );
    if (found.length > 0) taken.push(`route ${found[0]?.trim() ?? ''} (needed: ${range})`);
  }
  return taken;
}
