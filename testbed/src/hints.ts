import { join } from 'node:path';
import type { Layout } from './layout.ts';
import { kubernetesVersion } from './versions.ts';

/** What a person can do with a node that is up. */
export function adminHint(layout: Layout): string {
  const kubectl = join(layout.binaries, `kubernetes-${kubernetesVersion}-${layout.arch}`, 'kubectl');
  return [
    `kubectl: ${kubectl} --kubeconfig ${layout.kubeconfig}`,
    `logs:    ${layout.logs}`,
    'end:     testbed/down',
  ].join('\n');
}
