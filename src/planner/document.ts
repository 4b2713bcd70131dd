/** A plan as text: YAML for people, read back strictly. */
import { parse, stringify } from 'yaml';
import { InvalidInput } from '../errors.ts';
import { isIntact } from './plan-upgrade.ts';
import type { UpgradePlan } from './plan.ts';

/** The text of a plan; `fromText(toText(plan))` gives the plan again. */
export function toText(plan: UpgradePlan): string {
  return stringify(plan, { lineWidth: 0, aliasDuplicateObjects: false });
}

/**
 * A plan from its text. One that was edited, cut off or is no plan is refused: what was reviewed is what runs.
 * @throws InvalidInput
 */
export function fromText(text: string, file: string): UpgradePlan {
  const object = `file ${file}`;
  const remedy =
    'Make it anew: meshlift plan --to VERSION --out FILE. Wishes belong into the policy file, not into the plan.';
  const value = parsed(text, object, remedy);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidInput(`${file} is no plan of meshlift.`, { object, remedy });
  }
  const { kind, apiVersion, digest } = value as Partial<Record<string, unknown>>;
  if (kind !== 'UpgradePlan')
    throw new InvalidInput(`${file} is no plan: its kind is ${JSON.stringify(kind ?? null)}.`, { object, remedy });
  if (apiVersion !== 'meshlift.dev/v1alpha1') {
    throw new InvalidInput(`${file} is a plan of another version of meshlift: ${JSON.stringify(apiVersion ?? null)}.`, {
      object,
      remedy,
    });
  }
  if (typeof digest !== 'string')
    throw new InvalidInput(`${file} is cut off: it has no digest at its end.`, { object, remedy });
  // The digest covers every field: whatever has the right one was written by toText.
  const plan = value as UpgradePlan;
  if (isIntact(plan)) return plan;
  throw new InvalidInput(`${file} was edited after it was made: its digest does not fit.`, { object, remedy });
}

function parsed(text: string, object: string, remedy: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new InvalidInput(`${object} can't be read: ${why ?? ''}`, { object, remedy, cause });
  }
}
