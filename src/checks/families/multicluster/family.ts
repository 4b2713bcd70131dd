/** Several clusters. */
import type { Family } from '../../check.ts';
import { doorsAreOpen, identitiesAgree, oneDoor, trustDomainsAgree } from './networks.ts';
import {
  remoteFollowsRevision,
  remoteProxiesFollow,
  remoteSecretsAreUsed,
  remotesAreSeen,
  revisionIsExposed,
} from './remotes.ts';

/** Checks of this family, by number. */
export const multicluster: Family = {
  name: 'multicluster',
  title: 'Several clusters',
  checks: [
    ...[remotesAreSeen, remoteSecretsAreUsed, remoteProxiesFollow, remoteFollowsRevision, revisionIsExposed],
    ...[oneDoor, doorsAreOpen, trustDomainsAgree, identitiesAgree],
  ],
};
