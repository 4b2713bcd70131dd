import type { JsonObject } from '../../store/json.ts';

/** What both node agents share in their pod spec: on every Linux node, whatever its taints, before anything else. */
export const nodeAgent: JsonObject = {
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  priorityClassName: 'system-node-critical',
  tolerations: [
    { effect: 'NoSchedule', operator: 'Exists' },
    { key: 'CriticalAddonsOnly', operator: 'Exists' },
    { effect: 'NoExecute', operator: 'Exists' },
  ],
};

/** A volume of the node's file system. `type` '' checks nothing. */
export function hostPath(name: string, path: string, type = ''): JsonObject {
  return { name, hostPath: { path, type } };
}
