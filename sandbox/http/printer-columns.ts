import type { KubeObject } from '../../src/kube/api.ts';
import { isObject, numberAt, objectsAt, textAt, type JsonObject } from '../store/json.ts';
import { resources } from '../store/resources.ts';
import type { Store } from '../store/store.ts';
import type { KindInfo } from '../store/types.ts';
import { ageOf, builtInColumns, customColumns, type Cell, type Column } from './columns.ts';

/** The columns of a kind in a version; those of custom kinds come from `additionalPrinterColumns`. */
export function columnsOf(store: Store, kind: KindInfo, version: string): readonly Column[] {
  if (!kind.custom) return builtInColumns(kind);
  const definition = store.get({ resource: resources.definitions, name: `${kind.plural}.${kind.group}` });
  const form = objectsAt(definition, 'spec', 'versions').find((one) => one['name'] === version);
  return customColumns(objectsAt(form, 'additionalPrinterColumns').map(declaredColumn));
}

function declaredColumn(declared: JsonObject): Column {
  const read = compilePath(textAt(declared, 'jsonPath') ?? '');
  const isDate = declared['type'] === 'date';
  return {
    name: textAt(declared, 'name') ?? '',
    // Columns with a priority above 0 are shown with -o wide only.
    ...((numberAt(declared, 'priority') ?? 0) > 0 && { wide: true as const }),
    cell: (object, now) => cellOf(read(object), isDate ? now : undefined),
  };
}

function cellOf(found: readonly unknown[], now: number | undefined): Cell {
  const values = found.filter((value) => value !== undefined && value !== null);
  const [first] = values;
  if (first === undefined) return '';
  if (now !== undefined) return ageOf(String(first as string), now);
  if (values.length === 1 && typeof first === 'number') return first;
  return values.map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value as string))).join(',');
}

/** Stands for an escaped dot while a path is cut at its dots: a private-use character that no field name has. */
const escapedDot = '\uE000';

type Step = (value: unknown) => readonly unknown[];

const stepPattern =
  /\.(\*|[^.[\]\s]+)|\[(\d+)\]|\[(\*)\]|\['((?:[^'\\]|\\.)+)'\]|\[\?\(@\.(\w+)\s*==\s*["']([^"']*)["']\)\]/gy;

/** The part of JSONPath that definitions use: `.a.b`, `['a.b']`, `[0]`, `[*]` and `[?(@.a=="b")]`; what else yields nothing. */
function compilePath(path: string): (object: KubeObject) => readonly unknown[] {
  const source = path.replace(/\\\./g, escapedDot);
  const steps: Step[] = [];
  let end = 0;
  for (const match of source.matchAll(stepPattern)) {
    steps.push(stepOf(match));
    end = match.index + match[0].length;
  }
  if (end !== source.length) return () => [];
  return (object) => steps.reduce<readonly unknown[]>((values, step) => values.flatMap(step), [object]);
}

function stepOf([, field, index, all, quoted, key, wanted]: RegExpMatchArray): Step {
  if (all !== undefined || field === '*') return (value) => (Array.isArray(value) ? value : []);
  if (index !== undefined) return (value) => (Array.isArray(value) ? [value[Number(index)] as unknown] : []);
  if (key !== undefined) return (value) => objectsAt({ value }, 'value').filter((item) => item[key] === wanted);
  const name = (field ?? quoted ?? '').replaceAll(escapedDot, '.');
  return (value) => (isObject(value) ? [value[name]] : []);
}
