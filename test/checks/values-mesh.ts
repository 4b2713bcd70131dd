/** Meshes for cases of flags and values. */
import * as build from '../mesh-facts.ts';
import type { Facts, Labels } from '../../src/mesh/facts.ts';

/** Namespace of the control plane. */
export const system = 'istio-system';
/** A control plane of that version, and what is given. */
export const mesh = (version: string, given: Partial<Facts> = {}): Facts =>
  build.cluster([build.plane(version)], [], given);

/** The same with these variables, and with this image, in the container of istiod. */
export function istiod(
  version: string,
  env: Labels,
  given: Partial<Facts> = {},
  image = `istio/pilot:${version}`,
): Facts {
  const facts = mesh(version, given);
  const [plane, ...others] = facts.deployments.items;
  if (plane === undefined) return facts;
  const template = { ...plane.template, env, images: { discovery: image } };
  return { ...facts, deployments: build.read({ ...plane, template }, ...others) };
}

/** Name of its Deployment in a finding. */
export const on = (version: string): string => `Deployment istio-system/istiod-${build.revisionOf(version)}`;
/** One step in place. */
export const step = (to: string) => ({ to, strategy: 'in-place' }) as const;
