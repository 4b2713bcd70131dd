import type { KubeObject } from '../../src/kube/api.ts';
import type { Column } from './columns.ts';
import { metadataOf, type Form } from './form.ts';

/** How to make a table. */
export interface TableLayout {
  readonly columns: readonly Column[];
  readonly include: Extract<Form, { kind: 'table' }>['include'];
  /** Milliseconds since 1970 of the cluster's clock, for ages. */
  readonly now: number;
}

/** A meta.k8s.io/v1 Table. `titled` false leaves the columns out, as the later events of a watch have it. */
export function tableOf(layout: TableLayout, items: readonly KubeObject[], metadata: object, titled = true): object {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: titled ? layout.columns.map(definitionOf) : null,
    rows: items.map((object) => ({
      cells: layout.columns.map((column) => column.cell(object, layout.now)),
      ...(layout.include !== 'None' && { object: layout.include === 'Object' ? object : metadataOf(object) }),
    })),
  };
}

function definitionOf(column: Column): object {
  return {
    name: column.name,
    type: 'string',
    format: column.name === 'Name' ? 'name' : '',
    description: '',
    priority: column.wide ? 1 : 0,
  };
}
