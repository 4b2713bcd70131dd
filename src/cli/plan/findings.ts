import type { PlanFinding } from '../../planner/plan.ts';
import { wrap } from '../text.ts';

/** Findings as a list, the worst first. */
export function findingsText(findings: readonly PlanFinding[], width: number): string {
  const ranks = { blocks: 0, warns: 1, informs: 2 } as const;
  const sorted = [...findings].sort((a, b) => ranks[a.severity] - ranks[b.severity]);
  const lines = sorted.flatMap(({ id, severity, object, message }) => [
    `${id} ${severity}  ${object}`,
    ...wrap(message, width, '  '),
  ]);
  return `${lines.join('\n')}\n`;
}
