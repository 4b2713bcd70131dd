import { at, onCni, onZtunnel, sidecars, to } from './ambient-mesh.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';

/** Cases about versions of istio-cni and ztunnel. */
export const versionCases: readonly CheckCase[] = [
  fires('ML-A001', 'ztunnel is newer than istiod', at('1.29.6', '1.29.6', '1.30.3'), [['warns', onZtunnel]]),
  fires('ML-A001', 'istio-cni is two minors behind', at('1.29.6', '1.27.9', '1.29.6'), [['warns', onCni]]),
  silent('ML-A001', 'both are one minor behind', at('1.30.3', '1.29.6', '1.29.6')),
  unseen('ML-A001', 'an image without a version', at('1.29.6', '1.29.6', 'latest')),
  fires('ML-A002', 'two minors at once', at('1.28.6', '1.28.6', '1.28.6'), [['warns', onZtunnel]], { to: '1.30.3' }),
  silent('ML-A002', 'one after the other', at('1.28.6', '1.28.6', '1.28.6'), to),
  silent('ML-A002', 'sidecars only', sidecars('1.28.6'), { to: '1.30.3' }),
  fires('ML-A017', 'istio-cni goes to 1.27.0', at('1.26.8', '1.26.8', '1.26.8'), [['warns', onCni]], {
    ...to,
    to: '1.27.0',
  }),
  silent('ML-A017', 'it goes to a later patch', at('1.26.8', '1.26.8', '1.26.8'), { ...to, to: '1.27.9' }),
];
