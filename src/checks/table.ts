/** All checks, family by family, in the order in which people read them. */
import type { Family } from './check.ts';
import { cluster } from './families/cluster/family.ts';
import { controlPlane } from './families/control-plane/family.ts';
import { webhooks } from './families/webhooks/family.ts';
import { revisions } from './families/revisions/family.ts';
import { injection } from './families/injection/family.ts';
import { dataPlane } from './families/data-plane/family.ts';
import { fitness } from './families/fitness/family.ts';
import { gateways } from './families/gateways/family.ts';
import { ambient } from './families/ambient/family.ts';
import { crds } from './families/crds/family.ts';
import { ownership } from './families/ownership/family.ts';
import { extensions } from './families/extensions/family.ts';
import { values } from './families/values/family.ts';
import { multicluster } from './families/multicluster/family.ts';

/** The table. */
export const families: readonly Family[] = [
  cluster,
  controlPlane,
  webhooks,
  revisions,
  injection,
  dataPlane,
  fitness,
  gateways,
  ambient,
  crds,
  ownership,
  extensions,
  values,
  multicluster,
];
