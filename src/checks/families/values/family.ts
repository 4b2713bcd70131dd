/** Mesh config, flags and values. */
import type { Family } from '../../check.ts';
import { hubsAgree, registriesAreAlive, valuesAreAccepted } from './charts.ts';
import { defaultsArePinned, flagsExist } from './flags.ts';
import { moveIsSound } from './pairs.ts';
import { themeChecks } from './themes.ts';

/** Checks of this family, by number. */
export const values: Family = {
  name: 'values',
  title: 'Mesh config, flags and values',
  checks: [
    ...[flagsExist, defaultsArePinned, ...themeChecks],
    ...[valuesAreAccepted, moveIsSound, registriesAreAlive, hubsAgree],
  ],
};
