import { describe, expect, it } from 'vitest';
import { Aborted, Blocked, Transient } from '../errors.ts';
import { facts } from '../../test/mesh-facts.ts';
import { injector, mesh } from '../mesh/status.test-helper.ts';
import type { Webhook } from '../mesh/control-plane-model.ts';
import type { Stage } from '../planner/plan.ts';
import type { View } from '../steps/step.ts';
import { createPace } from './pace.ts';
import { nothingBefore as before, testSession } from './session.test-helper.ts';
import { runStage } from './stage.ts';

const stage: Stage = {
  ...{ id: 'wave-1', kind: 'wave', title: '', steps: [] },
  gate: [{ name: 'webhooks', condition: '' }],
};
/** Looks, one after the other; the last one stays. */
function run(looks: readonly (Partial<Webhook> | Error)[], timeoutSeconds = 600) {
  const left = [...looks];
  const look = (): Promise<View> => {
    const next = left.length > 1 ? left.shift() : left[0];
    if (next instanceof Error) return Promise.reject(next);
    return Promise.resolve({ facts: facts(), mesh: mesh({ webhooks: [injector('1-30-3', next)] }), seenAt: 0 });
  };
  const session = testSession({ look, policy: { gates: { timeoutSeconds, conditions: [] } } });
  return { session, ended: runStage(session, stage, { mark: 'r', before, pace: createPace(0, () => null) }) };
}

const unseen = { healthy: null };
const dead = { healthy: false, problem: 'No ready pod.' };

describe('the gate of a stage', () => {
  it('is written down when it is passed, and not while it waits', async () => {
    const { session, ended } = run([unseen, unseen, {}]);
    await ended;
    expect(session.written).toEqual([
      {
        ...{ type: 'gate', stage: 'wave-1', gate: 'webhooks', verdict: 'passed' },
        value: '1 webhook with a ready istiod behind',
      },
    ]);
    expect(session.told.filter(({ type }) => type === 'gate')).toHaveLength(3);
  });

  it('is not passed by what is not known, and says so in the end', async () => {
    const { session, ended } = run([unseen], 10);
    await expect(ended).rejects.toMatchObject({
      errorClass: 'Blocked',
      message:
        'The gate of stage wave-1 was not passed in 10 s: webhooks unknown: not seen: istio-sidecar-injector-1-30-3',
    });
    expect(session.written).toMatchObject([{ verdict: 'unknown' }]);
    expect(session.world.clock.now()).toBe(10_000);
  });

  it('is a breach when it fails: no write goes from then on', async () => {
    const { session, ended } = run([dead]);
    await expect(ended).rejects.toBeInstanceOf(Aborted);
    expect(session.control.stop()).toMatchObject({
      kind: 'breach',
      why: 'gate of stage wave-1: webhooks: istio-sidecar-injector-1-30-3: No ready pod.',
    });
    expect(session.written).toMatchObject([{ verdict: 'failed' }]);
  });

  it('is measured again when the cluster did not answer, and not when it refused', async () => {
    const again = run([new Transient('reset'), {}]);
    await again.ended;
    expect(again.session.written).toHaveLength(1);
    const refused = run([new Blocked('403')]);
    await expect(refused.ended).rejects.toBeInstanceOf(Blocked);
  });

  it('is not waited for after a stop', async () => {
    const { session, ended } = run([unseen]);
    session.control.ask({ kind: 'now', why: 'pause' });
    await expect(ended).rejects.toBeInstanceOf(Aborted);
    expect(session.written).toEqual([]);
  });
});
