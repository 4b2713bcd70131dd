/** What a golden scenario asserts about detection, as data. */
import type { Scenario, Step } from '../../sandbox/scenarios/types.ts';
import type { TargetRequest } from '../../src/checks/target.ts';

/** One assertion: something is found, and is not when one thing is otherwise. */
export interface GoldenCase {
  /** 'G1' to 'G12'. */
  readonly golden: string;
  /** The assertion, in short. */
  readonly assert: string;
  readonly scenario: Scenario;
  /** What happens to it before; nothing as a rule. */
  readonly more: readonly Step[];
  readonly target: TargetRequest;
  /** 'severity id object', as `findings` gives it. */
  readonly found: string;
  /** The one thing that is otherwise in the twin: steps that mend it, or another target. */
  readonly twin: readonly Step[] | TargetRequest;
}

/** A version to go to by revision. */
export const to = (version: string): TargetRequest => ({ to: version, strategy: 'revision' });

/** A version to go to in place. */
export const inPlace = (version: string): TargetRequest => ({ to: version, strategy: 'in-place' });

/** Cases of one scenario under one target; each row says what is asserted, found, and mends it. */
export function cases(
  golden: string,
  given: Pick<GoldenCase, 'scenario' | 'target'> & Partial<Pick<GoldenCase, 'more'>>,
  ...rows: readonly (readonly [assert: string, found: string, twin: GoldenCase['twin']])[]
): readonly GoldenCase[] {
  return rows.map(([assert, found, twin]) => ({ golden, more: [], ...given, assert, found, twin }));
}

const groups: Readonly<Record<string, string>> = {
  Namespace: 'v1',
  Pod: 'v1',
  Service: 'v1',
  Secret: 'v1',
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  CronJob: 'batch/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  PodDisruptionBudget: 'policy/v1',
  MutatingWebhookConfiguration: 'admissionregistration.k8s.io/v1',
  ValidatingWebhookConfiguration: 'admissionregistration.k8s.io/v1',
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
  Application: 'argoproj.io/v1alpha1',
  EnvoyFilter: 'networking.istio.io/v1alpha3',
  WasmPlugin: 'extensions.istio.io/v1alpha1',
  IstioOperator: 'install.istio.io/v1alpha1',
  BackendTLSPolicy: 'gateway.networking.k8s.io/v1alpha3',
};

/** An object by its kind and 'namespace/name' or 'name'. */
export function object(kind: string, full: string): Extract<Step, { do: 'delete' }>['objects'][number] {
  const [first = '', second] = full.split('/');
  const apiVersion = groups[kind] ?? 'v1';
  return second === undefined
    ? { apiVersion, kind, name: first }
    : { apiVersion, kind, namespace: first, name: second };
}

/** It is changed by a merge patch, or by the operations of a JSON patch. */
export function patched(kind: string, full: string, patch: Extract<Step, { do: 'patch' }>['patch']): readonly Step[] {
  return [{ do: 'patch', object: object(kind, full), patch }];
}

/** They are removed. */
export function removed(...objects: readonly (readonly [kind: string, full: string])[]): readonly Step[] {
  return [{ do: 'delete', objects: objects.map(([kind, full]) => object(kind, full)) }];
}

/** Labels are set, or with null removed. */
export function labelled(kind: string, full: string, labels: Readonly<Record<string, string | null>>): readonly Step[] {
  return patched(kind, full, { metadata: { labels } });
}
