/** The owner's own tool, as a step uses it. */
import type { Release, Words } from '../steps/spec.ts';

/** What the tool is asked to bring up or change. */
export type InstallRequest =
  | { readonly chart: 'base'; readonly release: Release; readonly version: string; readonly defaultRevision: string }
  | {
      readonly chart: 'istiod';
      readonly release: Release;
      readonly version: string;
      readonly revision: string;
      /** Revision tags that the release shall hold (value revisionTags); null: as they are. */
      readonly tags: readonly string[] | null;
      /** Release whose values are carried over; null: its own. */
      readonly like: Release | null;
    };

/** What the tool would do, for the plan. */
export interface InstallPreview {
  /** The command line, as a person would type it. */
  readonly command: string;
  /** Values that are carried over and those that change: 'pilot.replicaCount: 2 → 2', one a line. */
  readonly values: readonly string[];
  /** Rendered objects that come, change or go: 'Deployment istio-system/istiod-1-30-3: created'. */
  readonly objects: readonly string[];
}

/** Runs helm, istioctl or what stands for them in the sandbox. */
export interface Installer {
  /** For the report: 'helm 3.21.4', 'the sandbox'. */
  readonly name: string;
  /** Changes nothing. @throws InvalidInput (chart or version not found), Blocked (foreign objects), Transient */
  preview(request: InstallRequest, signal: AbortSignal): Promise<InstallPreview>;
  /** Idempotent; returns when the tool is done, not when pods are ready. @throws as preview, and Aborted */
  install(request: InstallRequest, signal: AbortSignal): Promise<void>;
  /** Removes a release; one that is not there is fine. */
  remove(release: Release, revision: string, signal: AbortSignal): Promise<void>;
}

/** Runs a program: passed in, so that nothing here starts processes by itself. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  options: { readonly signal: AbortSignal; readonly input?: string; readonly env?: Words },
) => Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
