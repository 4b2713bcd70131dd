import { InvalidInput } from '../../src/errors.ts';
import { ambient } from './ambient.ts';
import { bookinfo, quickBookinfo } from './bookinfo.ts';
import { debris } from './debris.ts';
import { gateways } from './gateways.ts';
import { goldenScenarios } from './golden/table.ts';
import { mixedLabels } from './mixed-labels.ts';
import { inPlace, unrevisioned } from './simple.ts';
import { thousandWorkloads } from './thousand-workloads.ts';
import { rude, slowRequests } from './traffic.ts';
import type { Scenario } from './types.ts';
import { workloadZoo } from './workload-zoo.ts';

/** Scenarios to try things with, the simplest first. */
export const scenarios: readonly Scenario[] = [
  bookinfo,
  unrevisioned,
  inPlace,
  mixedLabels,
  workloadZoo,
  gateways,
  rude,
  slowRequests,
  debris,
  ambient,
  thousandWorkloads,
];

/** The scenario of a name. @throws InvalidInput when there is none; the remedy lists those that there are */
export function scenarioNamed(name: string): Scenario {
  const all = [...scenarios, quickBookinfo, ...goldenScenarios];
  const found = all.find((scenario) => scenario.name === name);
  if (found) return found;
  throw new InvalidInput(`there is no scenario ${JSON.stringify(name)}.`, {
    object: '--scenario',
    remedy: `Take one of: ${all.map((scenario) => scenario.name).join(', ')}.`,
  });
}
