/** Version of Kubernetes: the one that kubernetes/go.mod requires. */
export const kubernetesVersion = '1.34.4';

/** Version of Helm: the one that helm/go.mod requires. */
export const helmVersion = '3.21.4';

/** Lowest version of Go that builds both; Helm is the one that asks for it. */
export const lowestGo = [1, 26] as const;

/** The Go that is fetched where none is installed: a version of module golang.org/toolchain, and SHA-256 of its archives by architecture. */
export const goToolchain: { readonly version: string; readonly sha256: Readonly<Record<string, string>> } = {
  version: '1.26.8',
  sha256: {
    amd64: '30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7',
    arm64: '02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99',
  },
};
