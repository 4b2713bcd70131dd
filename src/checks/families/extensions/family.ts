/** EnvoyFilter, Wasm and Telemetry. */
import type { Family } from '../../check.ts';
import { filtersAreTyped, matchedNamesExist, patchesReachTarget, typesExist } from './filters.ts';
import { anchorsStay, noGeneratedFilters, nothingIsReplaced } from './places.ts';
import { expressionsAreNew, providersExist, wasmIsPinned } from './plugins.ts';

/** Checks of this family, by number. */
export const extensions: Family = {
  name: 'extensions',
  title: 'EnvoyFilter, Wasm and Telemetry',
  checks: [
    ...[patchesReachTarget, filtersAreTyped, matchedNamesExist, typesExist, anchorsStay, nothingIsReplaced],
    ...[noGeneratedFilters, wasmIsPinned, expressionsAreNew, providersExist],
  ],
};
