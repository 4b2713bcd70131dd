/** Moves the default revision: the validator of unlabelled configuration, and tag `default`. */
import { isDeepStrictEqual } from 'node:util';
import { Blocked } from '../errors.ts';
import { record, records, text, type Json } from '../inventory/json.ts';
import type { KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import type { Facts } from '../mesh/facts.ts';
import { revisionKey } from '../mesh/keys.ts';
import { change, find } from './change.ts';
import { configAnswers, configWrites } from './config-check.ts';
import { pointed, targetOf } from './injector.ts';
import { moveTagBy, mustAnswer, tagWrites, webhookHealth } from './move-tag.ts';
import { deactivatePlainInjector, plainInjector, plainInjectorWrite } from './plain-injector.ts';
import type { MoveDefault, Write } from './spec.ts';
import type { Observation, StepContext, StepKind, View } from './step.ts';
import { observeTag } from './tag-objects.ts';
import { tagMover } from './tag-owner.ts';
import { blocked, done, passed, ready, unknown, verdictOf } from './verdicts.ts';
import { waitFor } from './wait.ts';

type Validator = NonNullable<MoveDefault['validator']>;

/**
 * First the validator, then the tag: a validator that judges wrong is seen by dry runs before any pod can be touched by it.
 * Each moves in one patch, between two istiods that both answer, so a valid object passes and an invalid one is refused
 * at every moment.
 */
export const moveDefault: StepKind<MoveDefault> = {
  describe: ({ from, to, tag, validator }) => {
    const parts = [...(validator === null ? [] : ['the default validator']), ...(tag === null ? [] : ['tag default'])];
    return `Make ${planeName(to)} the default in place of ${planeName(from)}: ${parts.join(' and ') || 'nothing to move'}`;
  },
  writes: (spec) => [
    ...(spec.validator === null ? [] : validatorWrites(spec.validator, spec.to)),
    ...(spec.tag === null ? [] : [...tagWrites({ ...spec.tag, to: spec.to }), plainInjectorWrite(spec.tag.webhook)]),
  ],
  observe: (view, spec) => {
    const parts = [observeValidator(view.facts, spec), observeDefaultTag(view, spec)];
    return parts.find(({ state }) => state === 'unknown' || state === 'blocked') ?? parts.find(isReady) ?? done;
  },
  apply: async (context, spec) => {
    const { mesh, facts } = await context.look();
    mustAnswer(mesh, spec.to);
    const { validator, tag } = spec;
    if (validator !== null) await moveValidator(context, spec, validator);
    if (tag === null) return;
    const move = { ...tag, from: spec.from, to: spec.to };
    if (observeTag(facts, move).state !== 'done') await moveTagBy(context, mesh, move);
    await deactivatePlainInjector(context, tag.webhook);
  },
  verify: (view, spec) =>
    verdictOf(moveDefault.observe(view, spec), `revision ${spec.to} is not the default yet`, () => {
      const names = [spec.validator?.name, spec.tag?.webhook].filter((name) => name !== undefined);
      const verdicts = names.map((name) => webhookHealth(view.mesh, name));
      return verdicts.find(({ state }) => state !== 'passed') ?? passed;
    }),
  undo: (spec) => {
    const { validator } = spec;
    const back = validator && { ...validator, fromService: validator.toService, toService: validator.fromService };
    return [{ ...spec, from: spec.to, to: spec.from, validator: back }];
  },
};

/** 'default' is also the name of the revision that has none. */
const planeName = (revision: string): string =>
  revision === 'default' ? 'the control plane without a revision' : `revision ${revision}`;

const isReady = ({ state }: Observation): boolean => state === 'ready';

function observeDefaultTag(view: View, spec: MoveDefault): Observation {
  if (spec.tag === null) return done;
  const move = { ...spec.tag, from: spec.from, to: spec.to };
  const observation = observeTag(view.facts, move);
  if (observation.state === 'done') return plainInjector(view.facts, spec.tag.webhook) === null ? done : ready;
  if (observation.state !== 'ready') return observation;
  const mover = tagMover(view.mesh, move);
  return mover.by === 'nobody' ? blocked(`${mover.why} ${mover.remedy}`) : observation;
}

function observeValidator({ validatingWebhooks }: Facts, spec: MoveDefault): Observation {
  const { validator, from, to } = spec;
  if (validator === null) return done;
  const config = validatingWebhooks.items.find(({ meta }) => meta.name === validator.name);
  if (config === undefined) {
    const { unread } = validatingWebhooks;
    return unread === null ? blocked(`Webhook configuration ${validator.name} does not exist.`) : unknown(unread);
  }
  const label = config.meta.labels[revisionKey] ?? '';
  const services = config.webhooks.map(({ service }) => service?.name ?? '');
  if (label === to && services.every((name) => name === validator.toService)) return done;
  const known = label === from || label === to;
  return known ? ready : blocked(strange(validator, label, spec));
}

function strange(validator: Validator, label: string, { from, to }: MoveDefault): string {
  return `${validator.name} is labelled for revision ${label || 'none'}, neither for ${from} nor for ${to}.`;
}

async function moveValidator(context: StepContext, spec: MoveDefault, validator: Validator): Promise<void> {
  const ref = { resource: resources.validatingWebhooks, name: validator.name };
  const { owner } = validator.release;
  const before = await find(context, ref);
  if (before === null) {
    const remedy = 'Make a new plan.';
    throw new Blocked(`${validator.name} does not exist.`, { object: validator.name, remedy });
  }
  if (owner === 'istioctl' || owner === 'none') await patchValidator(context, spec, validator);
  else if (!isMoved(before, spec, validator)) {
    const { release } = validator;
    const request = { chart: 'base', release, version: spec.version, defaultRevision: spec.to } as const;
    await context.installer.install(request, context.signal);
  }
  const policy = policyOf(before);
  const wait = { object: validator.name, until: `judges by revision ${spec.to}`, seconds: 60 };
  const remedy = `See the log of istiod of revision ${spec.to}; the way back is to point it to Service ${validator.fromService}.`;
  await waitFor(context, { ...wait, remedy }, async () => {
    const now = await context.api.get(ref, { signal: context.signal });
    if (!isMoved(now, spec, validator)) return 'it does not point there';
    // Charts before 1.28.6 and 1.29.2 render Ignore; istiod of the labelled revision makes it Fail again.
    if (policy === 'Fail' && policyOf(now) !== 'Fail') return 'its failurePolicy is not Fail again';
    return configAnswers(context, validator.namespace, null);
  });
}

async function patchValidator(context: StepContext, spec: MoveDefault, validator: Validator): Promise<void> {
  const { caBundle } = await targetOf(context, spec.to);
  const service = { namespace: validator.namespace, name: validator.toService };
  await change(context, { resource: resources.validatingWebhooks, name: validator.name }, (object) => {
    const label = object.metadata.labels?.[revisionKey] ?? '';
    if (label !== spec.from && label !== spec.to) {
      const remedy = 'Somebody else moved it: make a new plan.';
      throw new Blocked(strange(validator, label, spec), { object: validator.name, remedy });
    }
    const before = records(object['webhooks']);
    const webhooks = before.map((webhook) => pointed(webhook, { service, caBundle }));
    if (label === spec.to && isDeepStrictEqual(before, webhooks)) return null;
    return { metadata: { labels: { [revisionKey]: spec.to } }, webhooks };
  });
}

function isMoved(object: KubeObject, { to }: MoveDefault, { toService }: Validator): boolean {
  const names = records(object['webhooks']).map((webhook) => serviceName(webhook));
  return object.metadata.labels?.[revisionKey] === to && names.every((name) => name === toService);
}

function serviceName(webhook: Json): string {
  return text(record(record(webhook['clientConfig'])['service'])['name']);
}

function policyOf(object: KubeObject): string {
  return records(object['webhooks']).every((webhook) => webhook['failurePolicy'] === 'Fail') ? 'Fail' : 'Ignore';
}

function validatorWrites({ name, namespace, toService, release }: Validator, to: string): Write[] {
  const byTool = release.owner !== 'istioctl' && release.owner !== 'none';
  const resource = 'validatingwebhookconfigurations.admissionregistration.k8s.io';
  const what = `label istio.io/rev=${to}; Service ${toService} and its caBundle; failurePolicy stays`;
  const move: Write = byTool
    ? {
        ...{ verb: 'tool', resource: release.owner, namespace: release.namespace, name: release.name },
        what: `value defaultRevision=${to}: ${name} then calls Service ${toService}`,
      }
    : { verb: 'patch', resource, namespace: '', name, what };
  return [move, ...configWrites(namespace)];
}
