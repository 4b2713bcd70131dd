/** What facts of all kinds are made of. */

/** String map, as of labels. */
export type Labels = Readonly<Record<string, string>>;

/** A list of facts and whether it is whole. */
export interface Read<T> {
  readonly items: readonly T[];
  /** Null when everything of the kind was read; else why not (403, time-out, not in the file). Items may then be some or none. */
  readonly unread: string | null;
}

/** Controlling owner of an object. */
export interface OwnerFact {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** Metadata of any object. `namespace` is '' for cluster-scoped kinds. */
export interface MetaFact {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** Only the keys that meshlift knows (`inventory/annotations.ts`). */
  readonly annotations: Labels;
  /** The ownerReference with `controller: true`, else null. */
  readonly owner: OwnerFact | null;
}

/** A LabelSelector as Kubernetes writes it. */
export interface SelectorFact {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly RequirementFact[];
}

export interface RequirementFact {
  readonly key: string;
  /** In | NotIn | Exists | DoesNotExist; anything else cannot be evaluated. */
  readonly operator: string;
  readonly values: readonly string[];
}

/** Resource requests. Zero when nothing is asked for. */
export interface RequestsFact {
  /** Thousandths of a core. */
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}
