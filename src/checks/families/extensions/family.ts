/** EnvoyFilter, Wasm and Telemetry. */
import type { Family } from '../../check.ts';

/** Checks of this family, by number. */
export const extensions: Family = { name: 'extensions', title: 'EnvoyFilter, Wasm and Telemetry', checks: [] };
