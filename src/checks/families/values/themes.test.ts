import { expect, it } from 'vitest';
import { behaviourChanges } from '../../../knowledge/changes/table.ts';
import { families } from '../../table.ts';
import { themeChecks, themedChanges, toldElsewhere } from './themes.ts';

const ids = new Set(families.flatMap(({ checks }) => checks.map(({ id }) => id)));

it.each(behaviourChanges.map(({ id }) => id))('%s is told of by one check', (id) => {
  expect([...themedChanges].filter((one) => one === id).length + (Object.hasOwn(toldElsewhere, id) ? 1 : 0)).toBe(1);
});

it('names only changes that are known, and checks that exist', () => {
  const known = new Set(behaviourChanges.map(({ id }) => id));
  expect([...themedChanges, ...Object.keys(toldElsewhere)].filter((id) => !known.has(id))).toEqual([]);
  expect(
    Object.values(toldElsewhere)
      .flatMap((all) => all.split(', '))
      .filter((id) => !ids.has(id)),
  ).toEqual([]);
});

it('has no theme without changes', () => {
  expect(themeChecks.length).toBeGreaterThan(8);
});
