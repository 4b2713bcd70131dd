import { describe, expect, it } from 'vitest';
import { facts } from '../../test/planner/mesh.ts';
import { ends, request } from '../../test/planner/request.ts';
import type { ControlPlane } from '../mesh/control-plane-model.ts';
import type { Ends } from './input.ts';
import { endsOf, oldControlPlane, revisionName } from './ends.ts';

describe('both ends', () => {
  const mesh = request(facts).view.mesh;
  const [old] = mesh.controlPlanes;
  if (old === undefined) throw new Error('no control plane');

  /** With a second control plane, which differs from the old one so. */
  const endsBeside = (second: Partial<ControlPlane>): Ends => {
    const asked = request(facts);
    const view = { ...asked.view, mesh: { ...mesh, controlPlanes: [old, { ...old, ...second }] } };
    return endsOf({ ...asked, view }, { ...old, version: '1.29.6' });
  };

  it('are the only control plane that is not at the target, or the one that is named', () => {
    expect(oldControlPlane(mesh, '1.30.3', null).revision).toBe('1-29-6');
    expect(() => oldControlPlane(mesh, '1.30.3', 'typo')).toThrow(
      'There is no control plane of revision typo; there are: 1-29-6.',
    );
    expect(() => oldControlPlane({ ...mesh, controlPlanes: [] }, '1.30.3', null)).toThrow(
      'There is no Istio control plane in this cluster.',
    );
  });

  it('are the busiest of several', () => {
    const idle = { ...old, revision: '1-28-0', version: '1.28.0' };
    const there = { ...old, revision: '1-30-3', version: '1.30.3' };
    expect(oldControlPlane({ ...mesh, controlPlanes: [there, idle, old] }, '1.30.3', null).revision).toBe('1-29-6');
    expect(oldControlPlane({ ...mesh, controlPlanes: [there] }, '1.30.3', null).revision).toBe('1-30-3');
  });

  it('are not known without a version', () => {
    const controlPlanes = mesh.controlPlanes.map((one) => ({ ...one, version: null }));
    expect(() => oldControlPlane({ ...mesh, controlPlanes }, '1.30.3', null)).toThrow(
      'The version of control plane 1-29-6 is not known.',
    );
  });

  it('take a control plane of the target that is there, by whatever name', () => {
    expect(endsBeside({ revision: 'canary', version: '1.30.3' }).revision).toBe('canary');
  });

  it('are refused when the name of the new revision is taken by another version', () => {
    expect(() => endsBeside({ revision: '1-30-3', version: '1.30.1' })).toThrow(
      'Revision 1-30-3 exists already, with version 1.30.1 instead of 1.30.3.',
    );
  });

  it('are named without what a revision may not hold', () => {
    expect(revisionName('1.30.3')).toBe('1-30-3');
    expect(revisionName('1.30.3+solo')).toBe('1-30-3-solo');
    expect(ends(request(facts))).toMatchObject({ from: '1.29.6', to: '1.30.3', revision: '1-30-3' });
  });
});
