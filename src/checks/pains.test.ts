import { expect, it } from 'vitest';
import { families } from './table.ts';

/** Failures of users that no object of the cluster shows beforehand, and why. */
const unseeable: Readonly<Record<string, string>> = {
  P42: 'It is about precheck of istioctl itself: noise and blindness of another tool leave no trace in the cluster.',
  P60: 'It is about the versions of helm and istioctl on the machine that upgrades: they are no objects of the cluster.',
};

const all = Array.from({ length: 66 }, (_unused, index) => `P${String(index + 1).padStart(2, '0')}`);
const seen = new Map<string, string[]>();
for (const { id, pains } of families.flatMap(({ checks }) => checks)) {
  for (const pain of pains) seen.set(pain, [...(seen.get(pain) ?? []), id]);
}

it.each(all)('%s is found by a check, or it is said why it cannot be', (pain) => {
  expect([...(seen.get(pain) ?? []), ...(unseeable[pain] === undefined ? [] : ['unseeable'])]).not.toEqual([]);
});

it('names no failure that is not in the list, and none both as seen and as unseeable', () => {
  expect([...seen.keys()].filter((pain) => !all.includes(pain))).toEqual([]);
  expect(Object.keys(unseeable).filter((pain) => seen.has(pain))).toEqual([]);
});

it('has ids that are unique, and letters of their families', async () => {
  const { familyLetters } = await import('./check.ts');
  const ids = families.flatMap(({ name, checks }) => checks.map(({ id }) => ({ id, letter: familyLetters[name] })));
  expect(new Set(ids.map(({ id }) => id)).size).toBe(ids.length);
  for (const { id, letter } of ids) expect(id).toMatch(new RegExp(`^ML-${letter}\\d{3}$`));
});
