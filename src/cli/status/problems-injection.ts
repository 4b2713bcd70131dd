/** Namespaces and workloads whose new pods would not get what their labels ask for. */
import type { InjectionStatus, MeshStatus } from '../../mesh/status-document.ts';
import { plural, some } from '../text.ts';
import type { Problem } from './problem.ts';

interface Case {
  readonly severity: Problem['severity'];
  readonly text: string;
}

/** Problems of injection, one for each cause; `limit` names of objects each. */
export function injectionProblems(status: MeshStatus, limit: number): Problem[] {
  const bad = status.namespaces.filter(({ injection }) => caseOf(injection) !== null);
  const codes = new Map(bad.map(({ name, injection }) => [name, injection.code]));
  // A workload is told of only when its namespace is not, for the same cause.
  const workloads = status.workloads.filter(
    ({ namespace, injection }) => caseOf(injection) !== null && codes.get(namespace) !== injection.code,
  );
  const named = workloads.map(({ namespace, kind, name, injection }) => ({
    name: `${kind} ${namespace}/${name}`,
    injection,
  }));
  return [...grouped('Namespace', bad, status, limit), ...grouped('Workload', named, status, limit)];
}

function caseOf({ outcome, code, reason }: InjectionStatus): Case | null {
  if (outcome === 'fails') return { severity: 'bad', text: `New pods are refused. ${reason}` };
  if (outcome === 'overlap') return { severity: 'bad', text: `More than one injector takes new pods. ${reason}` };
  if (code === 'revision-not-served' || code === 'no-default-revision') {
    return { severity: 'bad', text: `New pods start without a proxy although one is asked for. ${reason}` };
  }
  return null;
}

function grouped(
  kind: 'Namespace' | 'Workload',
  objects: readonly { readonly name: string; readonly injection: InjectionStatus }[],
  status: MeshStatus,
  limit: number,
): Problem[] {
  const groups = new Map<string, { severity: Problem['severity']; names: string[]; code: string }>();
  for (const { name, injection } of objects) {
    const found = caseOf(injection);
    if (found === null) continue;
    const group = groups.get(found.text) ?? { severity: found.severity, names: [], code: injection.code };
    group.names.push(name);
    groups.set(found.text, group);
  }
  return [...groups].map(([text, { severity, names, code }]) => {
    const title = names.length === 1 ? kind : plural(names.length, kind);
    return {
      severity,
      object: `${title} ${some(names, limit)}`,
      text,
      next: remedy(kind, names[0] ?? '', code, status),
    };
  });
}

// A dead webhook is mended at the webhook, which is told of as a problem of its own.
function remedy(kind: 'Namespace' | 'Workload', name: string, code: string, status: MeshStatus): string | null {
  const alive = [...status.tags.filter((tag) => tag.problem === null).map((tag) => tag.name)];
  const target = alive[0] ?? status.controlPlanes.find((plane) => plane.readyReplicas > 0)?.revision;
  if (kind !== 'Namespace' || target === undefined) return null;
  if (code === 'revision-not-served') return `kubectl label namespace ${name} istio.io/rev=${target} --overwrite`;
  if (code === 'no-default-revision') return `kubectl label namespace ${name} istio-injection- istio.io/rev=${target}`;
  return null;
}
