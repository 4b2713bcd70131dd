/** Injection. */
import type { Family } from '../../check.ts';
import { injectedNamespacesAreDiscovered, runningPodsAreInjected } from './coverage.ts';
import {
  askingIsHeard,
  oneLabelDecides,
  podLabelHasEffect,
  restartKeepsSidecar,
  revisionLabelIsServed,
} from './labels.ts';
import {
  autoImageIsInjected,
  namedTemplatesExist,
  noProxyIsBakedIn,
  noProxyIsPinned,
  templatesAreThoseOfTheChart,
} from './templates.ts';

/** Checks of this family, by number. */
export const injection: Family = {
  name: 'injection',
  title: 'Injection',
  checks: [
    oneLabelDecides,
    revisionLabelIsServed,
    podLabelHasEffect,
    restartKeepsSidecar,
    askingIsHeard,
    noProxyIsBakedIn,
    noProxyIsPinned,
    templatesAreThoseOfTheChart,
    autoImageIsInjected,
    namedTemplatesExist,
    runningPodsAreInjected,
    injectedNamespacesAreDiscovered,
  ],
};
