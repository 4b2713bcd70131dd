import * as build from '../mesh-facts.ts';
import { attachedFact, configMapFact, deliveryFact } from '../fact-defaults.ts';
import type { AuthorizationPolicyFact, Facts, Labels, ServiceEntryFact } from '../../src/mesh/facts.ts';
import { at, cni, onZtunnel, sidecars, system, to, withEnv, world, ztunnel } from './ambient-mesh.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';

const policy = (dryRun: string): AuthorizationPolicyFact => ({
  ...attachedFact(build.meta('shop', 'deny', {}, { 'istio.io/dry-run': dryRun })),
  action: 'DENY',
});
const asked = { AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY: 'true' };
const dry = (version: string, dryRun: string, env: Labels): Facts =>
  withEnv(env, at('1.29.6', version, version, { authorizationPolicies: build.read(policy(dryRun)) }));
const entry = (resolution: string): ServiceEntryFact => ({
  ...attachedFact(build.meta('shop', 'db'), { spec: { resolution, hosts: ['db.example'] } }),
  ...{ hosts: ['db.example'], exportTo: [], resolution, location: '', addresses: 0, movesPort: false },
});
const released = (release: string): Facts =>
  world({
    istiod: '1.24.6',
    sets: [ztunnel('1.24.6', { meta: build.meta(system, 'ztunnel', {}, { 'meta.helm.sh/release-name': release }) })],
  });
const application = (name: string, chart: string, wave: string | null, automated = true) =>
  deliveryFact(
    'Application',
    build.meta('argocd', name, {}, wave === null ? {} : { 'argocd.argoproj.io/sync-wave': wave }),
    {
      ...{ charts: [`${chart} 1.29.6`], automated },
    },
  );
const delivered = (wave: string | null, automated = true): Facts =>
  world({
    given: {
      deliveries: build.read(
        application('istiod', 'istiod', null, automated),
        application('mesh-l4', 'ztunnel', wave, automated),
      ),
    },
  });

/** Cases about what a later release does differently. */
export const changeCases: readonly CheckCase[] = [
  fires(
    'ML-A011',
    'an enrolled namespace is left out',
    world({ settings: { EXCLUDE_NAMESPACES: 'kube-system,shop' } }),
    [['blocks', 'Namespace shop']],
    to,
  ),
  silent(
    'ML-A011',
    'only namespaces that are not enrolled',
    world({ settings: { EXCLUDE_NAMESPACES: 'kube-system' } }),
    to,
  ),
  silent(
    'ML-A011',
    '1.30 is behind',
    {
      ...at('1.30.3', '1.30.3', '1.30.3'),
      configMaps: build.read(
        configMapFact(build.meta(system, 'istio-cni-config'), { settings: { EXCLUDE_NAMESPACES: 'shop' } }),
      ),
    },
    { ...to, to: '1.31.1' },
  ),
  unseen('ML-A011', 'its settings were not read', world({ given: { configMaps: build.read() } }), to),
  fires('ML-A012', 'ztunnel is 1.28', dry('1.28.6', 'true', asked), [['blocks', 'AuthorizationPolicy shop/deny']]),
  silent('ML-A012', 'ztunnel is 1.29', dry('1.29.6', 'true', asked)),
  silent('ML-A012', 'the flag is not set', dry('1.28.6', 'true', {})),
  silent('ML-A012', 'the policy is meant', dry('1.28.6', 'false', asked)),
  fires(
    'ML-A013',
    'resolution NONE',
    at('1.27.9', '1.27.9', '1.27.9', { serviceEntries: build.read(entry('NONE')) }),
    [['warns', 'ServiceEntry shop/db']],
    { ...to, to: '1.28.10' },
  ),
  silent('ML-A013', 'resolution DNS', at('1.27.9', '1.27.9', '1.27.9', { serviceEntries: build.read(entry('DNS')) }), {
    ...to,
    to: '1.28.10',
  }),
  silent(
    'ML-A013',
    'a mesh of sidecars',
    { ...sidecars('1.27.9'), serviceEntries: build.read(entry('NONE')) },
    { ...to, to: '1.28.10' },
  ),
  fires('ML-A014', 'its release is called otherwise', released('mesh-l4'), [['blocks', onZtunnel]], {
    ...to,
    to: '1.25.5',
  }),
  fires('ML-A014', 'Argo CD renders it under another name', delivered(null), [['blocks', onZtunnel]], {
    ...to,
    to: '1.25.5',
  }),
  silent('ML-A014', 'its release is called ztunnel', released('ztunnel'), { ...to, to: '1.25.5' }),
  fires('ML-A016', 'packet rules are renewed', at('1.28.6', '1.28.6', '1.28.6'), [['warns', onZtunnel]], {
    ...to,
    to: '1.29.8',
  }),
  silent(
    'ML-A016',
    'istio-cni renews them already',
    world({
      ...{ istiod: '1.28.6', sets: [cni('1.28.6'), ztunnel('1.28.6')] },
      settings: { AMBIENT_RECONCILE_POD_RULES_ON_STARTUP: 'true' },
    }),
    { ...to, to: '1.29.8' },
  ),
  silent('ML-A016', 'sidecars only', sidecars('1.28.6'), { ...to, to: '1.29.8' }),
  fires('ML-A024', 'nothing waits for anything', delivered(null), [['warns', 'Application argocd/mesh-l4']]),
  silent('ML-A024', 'waves', delivered('3')),
  silent('ML-A024', 'a person syncs', delivered(null, false)),
];
