import { isObject, type JsonObject } from '../../store/json.ts';

/** A condition to be set. Kubelets leave reason and message out of those that are True. */
export interface ConditionNote {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
}

/** The condition of a type in the status of an object. Asked more often than anything else, so it copies nothing. */
export function conditionOf(object: unknown, type: string): JsonObject | undefined {
  const status = isObject(object) ? object['status'] : undefined;
  const conditions = isObject(status) ? status['conditions'] : undefined;
  if (!Array.isArray(conditions)) return undefined;
  for (const condition of conditions) if (isObject(condition) && condition['type'] === type) return condition;
  return undefined;
}

/** Whether a condition of an object is True. */
export function isTrue(object: unknown, type: string): boolean {
  return conditionOf(object, type)?.['status'] === 'True';
}

/** The conditions without those of a type. */
export function withoutCondition(conditions: readonly JsonObject[], type: string): readonly JsonObject[] {
  return conditions.filter((condition) => condition['type'] !== type);
}

/**
 * The conditions with one set. Its lastTransitionTime stays as long as its status does; one that says the same already
 * is left as it is.
 */
export function withCondition(
  conditions: readonly JsonObject[],
  note: ConditionNote,
  now: string,
): readonly JsonObject[] {
  const present = conditions.find((condition) => condition['type'] === note.type);
  const { type, status, reason, message } = note;
  if (present?.['status'] === status && present['reason'] === reason && present['message'] === message)
    return conditions;
  const lastTransitionTime = present?.['status'] === status ? present['lastTransitionTime'] : now;
  // Field by field: V8 gives each copy of a note that gets one field more a hidden class of its own.
  const next: JsonObject = { type, status };
  if (reason !== undefined) next['reason'] = reason;
  if (message !== undefined) next['message'] = message;
  next['lastTransitionTime'] = lastTransitionTime;
  return present ? conditions.map((other) => (other === present ? next : other)) : [...conditions, next];
}
