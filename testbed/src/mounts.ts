import { join } from 'node:path';
import { inNode, type Layout } from './layout.ts';
import { shell } from './node.ts';
import { pluginFolder } from './packages.ts';

const overlaid = ['etc', 'opt', 'var'];
const plugins = ['bridge', 'host-local', 'portmap', 'loopback'];

/**
 * Gives the node file systems of its own: overlays over /etc, /opt and /var, a fresh /run. So hostPaths are real for the
 * pods and charts find /etc/cni/net.d, /opt/cni/bin and /var/log, while nothing is written on the machine.
 */
export async function mountNode(layout: Layout): Promise<void> {
  const overlays = overlaid.map((name) => overlay(name, join(layout.state, 'overlays', name)));
  await shell(layout, [...overlays, rest(layout)].join('\n'));
}

function overlay(name: string, folder: string): string {
  const options = `lowerdir=/${name},upperdir=${folder}/upper,workdir=${folder}/work`;
  return `mkdir -p ${folder}/upper ${folder}/work\nmount -t overlay overlay -o ${options} /${name}`;
}

function rest(layout: Layout): string {
  const copies = plugins.map((name) => `cp ${pluginFolder}/${name} /opt/cni/bin/`).join('\n');
  return `
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p ${inNode} /run/netns /run/lock
mount --bind ${layout.state} ${inNode}
mount --make-rshared /
rm -rf /etc/cni/net.d /etc/resolv.conf
mkdir -p /etc/cni/net.d /opt/cni/bin /var/log/pods /var/log/containers
cp ${inNode}/configs/cni/* /etc/cni/net.d/
cp ${inNode}/configs/resolv.conf /etc/resolv.conf
printf '127.0.0.1 localhost\\n127.0.1.1 node-1\\n' >/etc/hosts
${copies}
`;
}
