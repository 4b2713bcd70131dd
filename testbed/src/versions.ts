/** Version of Kubernetes: the one that kubernetes/go.mod requires. */
export const kubernetesVersion = '1.34.4';

/** Version of Helm: the one that helm/go.mod requires. */
export const helmVersion = '3.21.4';

/** Lowest version of Go that builds both; Helm is the one that asks for it. */
export const lowestGo = [1, 26] as const;
