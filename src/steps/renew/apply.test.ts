import { expect, it } from 'vitest';
import { quickClock } from '../../engine/clock.test-helper.ts';
import { NotFound, Transient } from '../../errors.ts';
import type { KubeApi } from '../../kube/api.ts';
import type { RenewWorkload } from '../spec.ts';
import type { StepContext } from '../step.ts';
import { applyRenewal } from './apply.ts';

const spec: RenewWorkload = {
  ...{ kind: 'renew-workload', namespace: 'shop', workload: 'StatefulSet', name: 'db', role: 'sidecar' },
  ...{ method: 'by-pod', revision: 'new', version: '1.30.3', replicas: 2, width: 1, labels: {}, before: {} },
  ...{ serviceLabel: '', readyMs: 1000, drainMs: 1000 },
};

it('looks again before it counts as stuck, however long the server asks to be left alone', async () => {
  const clock = quickClock();
  const answers = [new Transient('429', { retryAfterSeconds: 86_400 })];
  const api: Pick<KubeApi, 'get'> = { get: () => Promise.reject(answers.shift() ?? new NotFound('gone')) };
  const signal = new AbortController().signal;
  const context = { api, clock, signal, mark: 'r', limitSeconds: 600, note: () => undefined } as unknown as StepContext;
  await applyRenewal(context, spec);
  expect(answers).toEqual([]);
  expect(clock.now()).toBe(300_000);
});
