import { Blocked } from '../../errors.ts';
import type { KubeObject } from '../../kube/api.ts';
import { resources } from '../../kube/resources.ts';
import { record, text } from '../../inventory/json.ts';
import type { RenewWorkload, Words } from '../spec.ts';
import type { StepContext } from '../step.ts';
import { nameOf } from './kinds.ts';
import type { OwnerState } from './owner-state.ts';
import { listAll } from './read-live.ts';

/**
 * Sees, before a pod is touched, that the change of one label takes it out of every Service that selects it now.
 * @throws Blocked when a Service selects by other labels only
 */
export async function checkServices(context: StepContext, spec: RenewWorkload, owner: OwnerState): Promise<void> {
  const { namespace, serviceLabel } = spec;
  const project = (service: KubeObject) => ({ name: service.metadata.name, selector: selectorOf(service) });
  const services = await listAll(context, resources.services, { namespace, project });
  const selecting = services.filter(({ selector }) => selects(selector, owner.templateLabels));
  const others = selecting.filter(({ selector }) => selector[serviceLabel] === undefined).map(({ name }) => name);
  if (others.length === 0) return;
  const by = serviceLabel === '' ? 'although the plan knows of none' : `but not by label ${serviceLabel}`;
  throw new Blocked(`${nameOf(spec)}: Service ${others.join(', ')} selects its pods, ${by}.`, {
    object: nameOf(spec),
    remedy: 'Nothing of it was changed. Plan again, or let it be renewed by rollout.',
  });
}

function selectorOf(service: KubeObject): Words {
  const selector = record(record(service['spec'])['selector']);
  return Object.fromEntries(Object.entries(selector).map(([key, value]) => [key, text(value)]));
}

/** A Service without selector selects nothing. */
function selects(selector: Words, labels: Words): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}
