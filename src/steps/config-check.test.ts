import { describe, expect, it } from 'vitest';
import { Blocked, InvalidInput, Transient, type MeshliftError } from '../errors.ts';
import type { KubeApi, KubeObject } from '../kube/api.ts';
import { configAnswers } from './config-check.ts';
import type { StepContext } from './step.ts';

const denied = new InvalidInput('admission webhook "validation.istio.io" denied the request: configuration is invalid');
const dead = new Transient('failed calling webhook "validation.istio.io": connection refused');

/** Takes or refuses the valid and the invalid object. */
function contextWith(valid: MeshliftError | null, invalid: MeshliftError | null, served = true) {
  const asked: KubeObject[] = [];
  const api: Partial<KubeApi> = {
    getRaw: () =>
      Promise.resolve(
        JSON.stringify({ groups: served ? [{ name: 'networking.istio.io', versions: [{ version: 'v1' }] }] : [] }),
      ),
    create: (_resource, object, options) => {
      expect(options?.dryRun).toBe(true);
      asked.push(object);
      const refusal = object.metadata.name.endsWith('-invalid') ? invalid : valid;
      return refusal === null ? Promise.resolve(object) : Promise.reject(refusal);
    },
  };
  return { context: { api, signal: new AbortController().signal } as StepContext, asked };
}

describe('validation of configuration', () => {
  it('is fine when the valid object passes and the invalid one is judged', async () => {
    const { context, asked } = contextWith(null, denied);
    expect(await configAnswers(context, 'shop', '1-30-3')).toBeNull();
    expect(asked.map(({ metadata }) => metadata.labels)).toEqual([
      { 'istio.io/rev': '1-30-3' },
      { 'istio.io/rev': '1-30-3' },
    ]);
  });

  it.each([
    ['refuses the valid one', denied, denied, 'a valid VirtualService was refused'],
    ['answers nobody', dead, dead, 'a valid VirtualService was refused'],
    ['takes the invalid one', null, null, 'an invalid VirtualService was taken'],
    ['dies in between: a refusal by nobody is no judgement', null, dead, 'nobody judged an invalid VirtualService'],
  ])('is not when it %s', async (_name, valid, invalid, why) => {
    expect(await configAnswers(contextWith(valid, invalid).context, 'shop', null)).toContain(why);
  });

  it('says when the kind is not served', async () => {
    expect(await configAnswers(contextWith(null, denied, false).context, 'shop', null)).toContain('CRDs of Istio');
  });

  it('passes a missing right on', async () => {
    const forbidden = new Blocked('Cannot create virtualservices', { status: 403 });
    await expect(configAnswers(contextWith(forbidden, denied).context, 'shop', null)).rejects.toThrow(forbidden);
  });
});
