/** '1 pod', '5 pods'; `many` where it is not `one` with an s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}
