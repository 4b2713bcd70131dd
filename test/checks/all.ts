/** The cases of all families. */
import type { CheckCase } from './case.ts';
import { clusterCases } from './cluster.ts';
import { controlPlaneCases } from './control-plane.ts';
import { webhooksCases } from './webhooks.ts';
import { revisionsCases } from './revisions.ts';
import { injectionCases } from './injection.ts';
import { dataPlaneCases } from './data-plane.ts';
import { fitnessCases } from './fitness.ts';
import { gatewaysCases } from './gateways.ts';
import { ambientCases } from './ambient.ts';
import { crdsCases } from './crds.ts';
import { ownershipCases } from './ownership.ts';
import { extensionsCases } from './extensions.ts';
import { valuesCases } from './values.ts';
import { multiclusterCases } from './multicluster.ts';

/** Every case. */
export const allCases: readonly CheckCase[] = [
  ...clusterCases,
  ...controlPlaneCases,
  ...webhooksCases,
  ...revisionsCases,
  ...injectionCases,
  ...dataPlaneCases,
  ...fitnessCases,
  ...gatewaysCases,
  ...ambientCases,
  ...crdsCases,
  ...ownershipCases,
  ...extensionsCases,
  ...valuesCases,
  ...multiclusterCases,
];
