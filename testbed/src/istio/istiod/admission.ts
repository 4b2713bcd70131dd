import type { KubeObject } from '../../../../src/kube/api.ts';
import { inject } from '../../../../sandbox/istio/inject.ts';
import { patchBetween } from '../../../../sandbox/istio/inject/patch.ts';
import type { InjectorSettings } from '../../../../sandbox/istio/inject/settings.ts';
import type { Counters } from '../../../../sandbox/istio/runtime/counters.ts';
import { configRefusal } from '../../../../sandbox/istio/runtime/validate-config.ts';

/** The part of an AdmissionReview's request that matters here (admission.k8s.io/v1). */
export interface Request {
  readonly uid: string;
  readonly namespace?: string;
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly object: KubeObject | null;
  readonly dryRun?: boolean;
}

interface Response {
  readonly allowed: boolean;
  readonly message?: string;
  readonly patch?: readonly unknown[];
}

const denied = (message: string): Response => ({ allowed: false, message });

/** Answers /inject with the sandbox's injector. */
export function answerInjection(request: Request, settings: InjectorSettings, counters: Counters): Response {
  counters.add('sidecar_injection_requests_total');
  if (request.object === null) return denied('no object to inject');
  // The API server leaves the namespace out of the pod when it is in the request only.
  const result = inject(request.object, request.namespace ?? '', settings);
  if (result.kind === 'failed') {
    counters.add('sidecar_injection_failure_total');
    return denied(result.message);
  }
  counters.add(`sidecar_injection_${result.kind === 'skipped' ? 'skip' : 'success'}_total`);
  if (result.kind === 'skipped') return { allowed: true };
  return { allowed: true, patch: patchBetween(request.object, result.pod) };
}

/** Answers /validate with the sandbox's validation. */
export function answerValidation(request: Request, counters: Counters): Response {
  const refusal = request.object === null ? undefined : configRefusal(request.object);
  const { group, version, resource } = request.resource;
  const labels = `{group="${group}",resource="${resource}",version="${version}"}`;
  // A refused dry run is not counted (pkg/webhooks/validation/server/monitoring.go), a taken one is.
  if (refusal === undefined) counters.add(`galley_validation_passed${labels}`);
  else if (request.dryRun !== true) counters.add(`galley_validation_failed${labels}`);
  return refusal === undefined ? { allowed: true } : denied(refusal);
}

/** The AdmissionReview to send back. */
export function review(uid: string, { allowed, message, patch }: Response): object {
  const encoded = patch === undefined ? undefined : Buffer.from(JSON.stringify(patch)).toString('base64');
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed,
      ...(message === undefined ? {} : { status: { message } }),
      ...(encoded === undefined ? {} : { patchType: 'JSONPatch', patch: encoded }),
    },
  };
}
