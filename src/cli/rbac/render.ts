/** Roles as text for kubectl. */
import { Document, isMap, isSeq } from 'yaml';
import type { RoleObject } from '../../rights/roles.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';

const plain = ({ kind, metadata, rules }: RoleObject) => ({ apiVersion, kind, metadata, rules });

/** One List. */
export function rolesAsJson(roles: readonly RoleObject[]): string {
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: roles.map(plain) }, null, 2)}\n`;
}

/** A document for each object; above each rule its reason, once where rules that follow each other have the same. */
export function rolesAsYaml(roles: readonly RoleObject[]): string {
  const texts = roles.map((role) => {
    const document = new Document(plain(role));
    const rules = document.get('rules', true);
    if (isSeq(rules)) rules.items.forEach((rule, index) => explain(rule, role.whys, index));
    return document.toString({ lineWidth: 120, flowCollectionPadding: false });
  });
  return texts.join('---\n');
}

/** Lists up to this length stand in one line. */
const short = 5;

function explain(rule: unknown, whys: readonly string[], index: number): void {
  if (!isMap(rule)) return;
  if (whys[index] !== whys[index - 1]) rule.commentBefore = ` ${whys[index] ?? ''}`;
  for (const { value } of rule.items) if (isSeq(value)) value.flow = value.items.length <= short;
}
