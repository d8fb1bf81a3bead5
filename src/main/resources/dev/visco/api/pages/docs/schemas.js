/** Schemas of the description as people read them. */

const DEEPEST = 6;

/** The schema that a reference leads to, or the schema itself. */
function resolved(all, schema) {
  return schema.$ref ? all[schema.$ref.split('/').at(-1)] : schema;
}

/**
 * A schema as text that looks like the JSON that it describes; `?` behind a name: it may be left
 * out.
 */
export function shape(all, schema, indent = '', depth = 0) {
  const one = resolved(all, schema);
  const either = one.anyOf ?? one.oneOf;
  if (either) {
    return either.length > 4 && depth > 0
      ? `one of ${either.length} objects`
      : either.map((each) => shape(all, each, indent, depth + 1)).join(' | ');
  }
  if (one.const !== undefined) {
    return JSON.stringify(one.const);
  }
  if (one.enum) {
    return one.enum.map((word) => JSON.stringify(word)).join(' | ');
  }
  if (one.type === 'array') {
    return `[${shape(all, one.items, indent, depth)}, …]`;
  }
  if (one.type === 'object') {
    return object(all, one, indent, depth);
  }
  const type = Array.isArray(one.type) ? one.type.join(' | ') : one.type;
  return type ? type + (one.format ? ` (${one.format})` : '') : 'anything';
}

function object(all, schema, indent, depth) {
  if (!schema.properties) {
    return `{name: ${shape(all, schema.additionalProperties ?? {}, indent, depth + 1)}, …}`;
  }
  if (depth >= DEEPEST) {
    return '{…}';
  }
  const inner = `${indent}  `;
  const required = new Set(schema.required ?? []);
  const lines = Object.entries(schema.properties).map(
    ([name, each]) =>
      `${inner}${name}${required.has(name) ? '' : '?'}: ${shape(all, each, inner, depth + 1)}`,
  );
  return `{\n${lines.join('\n')}\n${indent}}`;
}
