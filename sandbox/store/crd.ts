import type { KubeObject } from '../../src/kube/api.ts';
import { at, isObject, objectAt, objectsAt, textAt, type JsonObject } from './json.ts';
import { fieldReader } from './kinds.ts';
import { schemaOf, type FieldSchema } from './schema.ts';
import type { KindInfo, Subresource } from './types.ts';

/**
 * The kind that a CustomResourceDefinition object defines, or undefined when it serves no version. A version without a
 * schema (a recorded definition whose schema was cut off) counts as having a status subresource.
 */
export function kindOfDefinition(definition: KubeObject): KindInfo | undefined {
  const spec = objectAt(definition, 'spec');
  const versions = objectsAt(spec, 'versions');
  const served = versions.filter((version) => version['served'] === true);
  const storage = versions.find((version) => version['storage'] === true) ?? versions[0];
  const [group, plural, kind] = [textAt(spec, 'group'), textAt(spec, 'names', 'plural'), textAt(spec, 'names', 'kind')];
  if (!storage || served.length === 0 || group === undefined || plural === undefined || kind === undefined)
    return undefined;
  const subresources = subresourcesOf(storage);
  return {
    group,
    versions: served.map((version) => String(version['name'])),
    storage: String(storage['name']),
    kind,
    plural,
    singular: textAt(spec, 'names', 'singular') ?? kind.toLowerCase(),
    shortNames: texts(at(spec, 'names', 'shortNames')),
    categories: texts(at(spec, 'names', 'categories')),
    namespaced: spec?.['scope'] !== 'Cluster',
    subresources,
    custom: true,
    generation: 'spec',
    unconditionalUpdate: false,
    keepsStatusOnCreate: !subresources.includes('status'),
    fieldLabels: selectable(storage),
    schema: merged(schemaOf(group, plural), fromOpenApi(at(storage, 'schema', 'openAPIV3Schema'))),
    strategy: {},
  };
}

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

function subresourcesOf(version: JsonObject): readonly Subresource[] {
  const declared = objectAt(version, 'subresources');
  if (!declared) return version['schema'] === undefined ? ['status'] : [];
  return (['status', 'scale'] as const).filter((name) => declared[name] !== undefined);
}

function selectable(version: JsonObject): KindInfo['fieldLabels'] {
  const labels = objectsAt(version, 'selectableFields').map((field) => String(field['jsonPath']).replace(/^\./, ''));
  return Object.fromEntries(labels.map((label) => [label, fieldReader(label)]));
}

/** List and map types of a structural schema. */
function fromOpenApi(schema: unknown): FieldSchema {
  if (!isObject(schema)) return {};
  const fields = Object.entries(objectAt(schema, 'properties') ?? {}).map(
    ([key, child]) => [key, fromOpenApi(child)] as const,
  );
  const each = schema['items'] ?? schema['additionalProperties'];
  const listType = schema['x-kubernetes-list-type'];
  return {
    ...(fields.length > 0 && { fields: Object.fromEntries(fields) }),
    ...(isObject(each) && { each: fromOpenApi(each) }),
    ...((listType === 'map' || listType === 'set') && { list: listType }),
    ...(listType === 'map' && { keys: texts(schema['x-kubernetes-list-map-keys']) }),
    ...(schema['x-kubernetes-map-type'] === 'atomic' && { atomic: true as const }),
  };
}

/** What the definition says wins, but metadata is the same for every kind. */
function merged(known: FieldSchema, declared: FieldSchema): FieldSchema {
  const metadata = known.fields?.['metadata'] ?? {};
  const own = Object.fromEntries(
    Object.entries(declared.fields ?? {}).filter(([, child]) => Object.keys(child).length > 0),
  );
  return { fields: { ...known.fields, ...own, metadata } };
}
