/** Webhooks and validation. */
import type { Family } from '../../check.ts';
import {
  configIsValidated,
  injectorsDoNotOverlap,
  oldRevisionIsReferenced,
  validatorFollowsDefault,
} from './coverage.ts';
import { caBundleIsSet, injectionFails, validationFails } from './policies.ts';
import { serviceAnswers, serviceExists, serviceIsOfRevision } from './targets.ts';

/** Checks of this family, by number. */
export const webhooks: Family = {
  name: 'webhooks',
  title: 'Webhooks and validation',
  checks: [
    serviceExists,
    serviceAnswers,
    serviceIsOfRevision,
    injectorsDoNotOverlap,
    validationFails,
    injectionFails,
    caBundleIsSet,
    configIsValidated,
    validatorFollowsDefault,
    oldRevisionIsReferenced,
  ],
};
