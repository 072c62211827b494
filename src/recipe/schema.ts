// The recipe's schema: the top level here, a stage's settings from stages/settings.ts; and its JSON Schema for editors, which
// scripts/recipeSchema.mjs writes.
import { z } from 'zod';
import { stageSchemas } from '../stages/settings.ts';

/** A run's folder and a checkpoint's folder are made of these names. */
const runName = z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'must be letters, digits, "_", "-" and ".": it names the folder of the run');
/** Starts with a letter: a stage called 1 would lose its place, for JavaScript sorts such keys first. */
export const stageName = z.string().regex(/^[A-Za-z][\w-]*$/, 'must start with a letter, then letters, digits, "_" and "-"');

const text = (description: string) => z.string().min(1).describe(description);

export const topLevelSchema = z.strictObject({
  name: runName.describe('of the run; its folder is runs/<name>'),
  model: text(
    'lab:base, a directory in Hugging Face format, a .gguf file, the directory of a run, or owner/name on the Hugging Face hub',
  ).optional(),
  task: text('the name of a built-in task, or the path of a file that defines one').optional(),
  data: text(
    "the task's data, where it needs any, and that of an sft stage that names none: a file, a directory, or owner/name on the Hugging Face hub",
  ).optional(),
  columns: z
    .record(z.string(), z.string().min(1))
    .describe("what the task's data calls the columns that the task asks for, e.g. { question: problem, answer: solution }")
    .optional(),
  decontaminate: z
    .array(text('a file, a directory, or owner/name on the Hugging Face hub'))
    .min(1)
    .describe('evaluation sets: training rows that share ten words in a row with a question of theirs are dropped, and reported')
    .optional(),
  seed: z.int().min(0).default(0).describe('the same seed gives the same run on the same machine'),
  stages: z.record(z.string(), z.unknown()).describe('what runs, in this order'),
});

/** JSON Schema of a whole recipe, for editors that complete and check YAML: recipes/recipe.schema.json. */
export function recipeJsonSchema(): Record<string, unknown> {
  const kinds: z.ZodType[] = Object.values(stageSchemas);
  const stages = z.record(stageName, z.union(kinds)).describe('what runs, in this order: each stage by its name, of one of the kinds');
  return { title: 'A recipe of Thinkling', ...z.toJSONSchema(topLevelSchema.extend({ stages }), { io: 'input' }) };
}

type JsonSchema = { properties?: Record<string, JsonSchema>; items?: JsonSchema; anyOf?: JsonSchema[] };

/** The keys that are valid in the object at `path` of a schema; empty where any key is, or none. */
export function validKeysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let nodes = [z.toJSONSchema(schema, { io: 'input' }) as JsonSchema];
  for (const key of path) {
    nodes = nodes
      .flatMap(alternatives)
      .flatMap((node) => (typeof key === 'number' ? (node.items ?? []) : (node.properties?.[String(key)] ?? [])));
  }
  return nodes.flatMap(alternatives).flatMap((node) => Object.keys(node.properties ?? {}));
}

function alternatives(node: JsonSchema): JsonSchema[] {
  return node.anyOf ? node.anyOf.flatMap(alternatives) : [node];
}
