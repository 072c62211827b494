// The order of the layers, and who may know Node: each folder of src/ imports only from those below it (docs/architecture.md).
// Tests are free of it: they may reach up to compare two layers.

const layers = [
  'cli',
  'server',
  'recipe',
  'report',
  'stages',
  'tracking',
  'tasks',
  'rewards',
  'datasets',
  'engine',
  'models',
  'graph',
  'formats',
  'algorithms',
  'platform',
];
const tests = '(\\.test\\.tsx?$|^src/testing/)';

const upward = layers.slice(1).map((layer, at) => ({
  name: `${layer}-imports-from-below-only`,
  comment: `${layer}/ may import only from below it: ${layers.slice(at + 2).join(', ') || 'nothing of ours'}. Move what both need down, or hand it in as an argument.`,
  severity: 'error',
  from: { path: `^src/${layer}/`, pathNot: tests },
  to: { path: `^src/(${layers.slice(0, at + 1).join('|')})/|^src/[^/]+$` },
}));

module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'every-folder-is-a-layer',
      comment: 'A folder of src/ that is not in the list of layers: give it its place in .dependency-cruiser.cjs and docs/architecture.md.',
      severity: 'error',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: `^src/(${layers.join('|')}|testing)/` },
    },
    {
      name: 'node-only-where-it-belongs',
      comment:
        'Everything from algorithms/ to stages/, and report/, imports no Node module itself, so that it can run elsewhere: use src/platform/ (files, worker, clock, hash, memory). Only datasets/, rewards/code, recipe/, server/ and cli/ may.',
      severity: 'error',
      from: {
        path: '^src/(algorithms|formats|graph|models|engine|rewards|tasks|tracking|stages|report)/|^src/[^/]+$',
        pathNot: [tests, '^src/rewards/code/'],
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'engine-behind-its-seam',
      comment:
        'Stages, tasks and tracking know engine/engine.ts only, never the insides of an engine: another one must be able to take its place.',
      severity: 'error',
      from: { path: '^src/(stages|tracking|tasks|rewards)/', pathNot: tests },
      to: { path: '^src/engine/', pathNot: '^src/engine/engine\\.ts$' },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'src/testing/ holds what only tests need.',
      severity: 'error',
      from: { pathNot: tests },
      to: { path: '^src/testing/' },
    },
    {
      name: 'no-circle',
      // Operators name each other in their gradient rules, which run long after loading; each stays in one file with its rule.
      comment: 'Modules that need each other to load: move what both need into a third. (Types may refer to each other.)',
      severity: 'error',
      from: { pathNot: [tests, '^src/graph/ops/'] },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'runtime-needs-are-dependencies',
      comment: 'The packed package has only `dependencies`: move this one out of devDependencies.',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'], pathNot: '@types/' },
    },
    {
      name: 'imports-resolve',
      comment: 'There is no such module.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
